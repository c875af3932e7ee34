//! Trained numbers and their optimiser: Adam (Kingma and Ba, 2015, algorithm 1).

use ndarray::{Array2, Zip};
use rand::{Rng, RngExt};

const MEAN_DECAY: f32 = 0.9;
const SQUARE_DECAY: f32 = 0.999;
const EPSILON: f32 = 1e-8;

/// A matrix that is trained.
pub struct Parameter {
    pub value: Array2<f32>,
    /// Sum over the samples since the last step.
    pub gradient: Array2<f32>,
    mean: Array2<f32>,
    square: Array2<f32>,
}

impl Parameter {
    pub fn zeros(shape: (usize, usize)) -> Self {
        let zeros = Array2::zeros(shape);
        Self { value: zeros.clone(), gradient: zeros.clone(), mean: zeros.clone(), square: zeros }
    }

    /// Uniform, with the variance 2 / `inputs` (He et al., 2015), which keeps the scale of activations over layers.
    pub fn random(shape: (usize, usize), inputs: usize, rng: &mut impl Rng) -> Self {
        let bound = (6.0 / inputs.max(1) as f32).sqrt();
        let value = Array2::from_shape_simple_fn(shape, || rng.random_range(-bound..bound));
        Self { value, ..Self::zeros(shape) }
    }

    /// One step of Adam, the `count`th from one on. Clears the gradient.
    pub fn step(&mut self, rate: f32, count: i32) {
        let rate = rate * (1.0 - SQUARE_DECAY.powi(count)).sqrt() / (1.0 - MEAN_DECAY.powi(count));
        Zip::from(&mut self.value).and(&mut self.gradient).and(&mut self.mean).and(&mut self.square).for_each(
            |value, gradient, mean, square| {
                *mean = MEAN_DECAY * *mean + (1.0 - MEAN_DECAY) * *gradient;
                *square = SQUARE_DECAY * *square + (1.0 - SQUARE_DECAY) * *gradient * *gradient;
                *value -= rate * *mean / (square.sqrt() + EPSILON);
                *gradient = 0.0;
            },
        );
    }
}
