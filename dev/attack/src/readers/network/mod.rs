//! A small convolutional network: layers, loss and optimiser. Only the product of matrices is a library's.

mod convolution;
mod dense;
mod loss;
mod parameter;
mod pool;

use ndarray::Array2;
use rand::Rng;

pub use loss::{cross_entropy, softmax};
pub use parameter::Parameter;

use convolution::Convolution;
use dense::Dense;
use pool::{MaxPool, Rectifier};

/// Channels, rows and columns of what a layer takes or gives for one sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    pub channels: usize,
    pub height: usize,
    pub width: usize,
}

impl Shape {
    /// Numbers per sample.
    pub fn size(self) -> usize {
        self.channels * self.height * self.width
    }
}

/// A layer. Batches have a sample in each row.
pub trait Layer {
    /// Output for a batch; keeps what `backward` needs.
    fn forward(&mut self, batch: Array2<f32>) -> Array2<f32>;
    /// Adds to the gradients of the parameters, and returns the gradient of the batch of the last `forward`. The first
    /// layer of a network may return anything.
    fn backward(&mut self, gradient: Array2<f32>) -> Array2<f32>;
    /// What is trained.
    fn parameters(&mut self) -> Vec<&mut Parameter> {
        Vec::new()
    }
}

/// Layers, one after the other.
pub struct Network {
    layers: Vec<Box<dyn Layer>>,
    steps: i32,
}

impl Network {
    /// Convolutions with these numbers of channels, each followed by a pooling of 2 × 2, then a hidden layer and the
    /// outputs.
    pub fn new(input: Shape, channels: &[usize], hidden: usize, outputs: usize, rng: &mut impl Rng) -> Self {
        let mut layers: Vec<Box<dyn Layer>> = Vec::new();
        let mut shape = input;
        for (index, &count) in channels.iter().enumerate() {
            layers.push(Box::new(Convolution::new(shape, count, index == 0, rng)));
            let pool = MaxPool::new(Shape { channels: count, ..shape });
            shape = pool.output();
            layers.push(Box::new(pool));
        }
        layers.push(Box::new(Dense::new(shape.size(), hidden, rng)));
        layers.push(Box::<Rectifier>::default());
        layers.push(Box::new(Dense::new(hidden, outputs, rng)));
        Self { layers, steps: 0 }
    }

    /// Outputs of a batch.
    pub fn forward(&mut self, batch: Array2<f32>) -> Array2<f32> {
        self.layers.iter_mut().fold(batch, |batch, layer| layer.forward(batch))
    }

    /// Gradients of all parameters, from that of the outputs.
    pub fn backward(&mut self, gradient: Array2<f32>) {
        self.layers.iter_mut().rev().fold(gradient, |gradient, layer| layer.backward(gradient));
    }

    /// Changes all parameters against their gradients, and clears these.
    pub fn step(&mut self, rate: f32) {
        self.steps += 1;
        let steps = self.steps;
        self.parameters().for_each(|parameter| parameter.step(rate, steps));
    }

    /// All that is trained.
    pub fn parameters(&mut self) -> impl Iterator<Item = &mut Parameter> {
        self.layers.iter_mut().flat_map(|layer| layer.parameters())
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng, rngs::StdRng};

    use super::*;

    const INPUT: Shape = Shape { channels: 2, height: 6, width: 5 };
    const GROUPS: [usize; 2] = [3, 2];
    const LABELS: [[u8; 2]; 3] = [[2, 0], [0, 1], [1, 1]];

    fn network(rng: &mut StdRng) -> Network {
        Network::new(INPUT, &[3, 4], 8, 5, rng)
    }

    fn noise(rows: usize, rng: &mut StdRng) -> Array2<f32> {
        Array2::from_shape_simple_fn((rows, INPUT.size()), || rng.random_range(-1.0..1.0))
    }

    #[test]
    fn gradients_are_the_slopes_of_the_loss() {
        let mut rng = StdRng::seed_from_u64(1);
        let (mut network, batch) = (network(&mut rng), noise(3, &mut rng));
        let loss = |network: &mut Network| cross_entropy(network.forward(batch.clone()), GROUPS, &LABELS).0;
        let (_, gradient) = cross_entropy(network.forward(batch.clone()), GROUPS, &LABELS);
        network.backward(gradient);
        let gradients: Vec<Array2<f32>> = network.parameters().map(|parameter| parameter.gradient.clone()).collect();
        let mut checked = 0;
        for (place, gradient) in gradients.iter().enumerate() {
            for ((row, column), &slope) in gradient.indexed_iter().step_by(7) {
                const STEP: f32 = 2e-3;
                let mut moved = |by: f32| {
                    network.parameters().nth(place).unwrap().value[(row, column)] += by;
                    let loss = loss(&mut network);
                    network.parameters().nth(place).unwrap().value[(row, column)] -= by;
                    loss
                };
                let measured = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
                assert!((measured - slope).abs() < 2e-3 + 0.02 * slope.abs(), "{place}: {measured} {slope}");
                checked += usize::from(slope != 0.0);
            }
        }
        assert!(checked > 20, "only {checked} gradients are not zero");
    }

    #[test]
    fn a_toy_set_is_learnt() {
        let mut rng = StdRng::seed_from_u64(2);
        // The class is the brightest third of the rows; the other label, the brighter half of the columns.
        let mut toys = |count: usize| {
            let mut batch = noise(count, &mut rng) * 0.3;
            let labels: Vec<[u8; 2]> = (0..count).map(|_| [rng.random_range(0..3), rng.random_range(0..2)]).collect();
            for (mut sample, label) in batch.rows_mut().into_iter().zip(&labels) {
                let [third, half] = label.map(usize::from);
                for (row, column) in (0..2).flat_map(|row| (0..2).map(move |column| (row, column))) {
                    sample[(2 * third + row) * INPUT.width + 3 * half + column] += 2.0;
                }
            }
            (batch, labels)
        };
        let mut network = network(&mut StdRng::seed_from_u64(3));
        for _ in 0..300 {
            let (batch, labels) = toys(16);
            let (_, gradient) = cross_entropy(network.forward(batch), GROUPS, &labels);
            network.backward(gradient);
            network.step(5e-3);
        }
        let (batch, labels) = toys(200);
        let (loss, _) = cross_entropy(network.forward(batch), GROUPS, &labels);
        assert!(loss < 0.1, "{loss}");
    }

    #[test]
    fn an_unread_batch_has_the_loss_of_a_guess() {
        let (loss, gradient) = cross_entropy(Array2::zeros((3, 5)), GROUPS, &LABELS);
        assert!((loss - 6.0f32.ln()).abs() < 1e-5, "{loss}");
        assert!(gradient.sum().abs() < 1e-6);
    }
}
