//! A fully connected layer.

use ndarray::{Array2, Axis, linalg::general_mat_mul};
use rand::Rng;

use super::{Layer, Parameter};

pub struct Dense {
    weights: Parameter,
    bias: Parameter,
    batch: Array2<f32>,
}

impl Dense {
    pub fn new(inputs: usize, outputs: usize, rng: &mut impl Rng) -> Self {
        Self {
            weights: Parameter::random((inputs, outputs), inputs, rng),
            bias: Parameter::zeros((1, outputs)),
            batch: Array2::zeros((0, 0)),
        }
    }
}

impl Layer for Dense {
    fn forward(&mut self, batch: Array2<f32>) -> Array2<f32> {
        let output = batch.dot(&self.weights.value) + &self.bias.value;
        self.batch = batch;
        output
    }

    fn backward(&mut self, gradient: Array2<f32>) -> Array2<f32> {
        general_mat_mul(1.0, &self.batch.t(), &gradient, 1.0, &mut self.weights.gradient);
        self.bias.gradient += &gradient.sum_axis(Axis(0)).insert_axis(Axis(0));
        // In standard layout, which the layers before it need.
        let mut result = Array2::zeros(self.batch.dim());
        general_mat_mul(1.0, &gradient, &self.weights.value.t(), 0.0, &mut result);
        result
    }

    fn parameters(&mut self) -> Vec<&mut Parameter> {
        vec![&mut self.weights, &mut self.bias]
    }
}
