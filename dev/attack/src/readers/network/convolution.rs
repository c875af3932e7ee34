//! Convolution of 3 × 3 that keeps height and width: a product of matrices over unfolded neighbourhoods.

use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis, linalg::general_mat_mul};
use rand::Rng;

use super::{Layer, Parameter, Shape};

const SIDE: usize = 3;
const AREA: usize = SIDE * SIDE;

pub struct Convolution {
    input: Shape,
    is_first: bool,
    weights: Parameter,
    bias: Parameter,
    batch: Array2<f32>,
    /// Neighbourhoods of one sample: nine rows a channel, one column a pixel.
    unfolded: Array2<f32>,
}

impl Convolution {
    /// From `input` to this number of channels. The first layer of a network spares the gradient of its input.
    pub fn new(input: Shape, channels: usize, is_first: bool, rng: &mut impl Rng) -> Self {
        let inputs = input.channels * AREA;
        Self {
            input,
            is_first,
            weights: Parameter::random((channels, inputs), inputs, rng),
            bias: Parameter::zeros((channels, 1)),
            batch: Array2::zeros((0, 0)),
            unfolded: Array2::zeros((inputs, input.height * input.width)),
        }
    }

    fn pixels(&self) -> usize {
        self.input.height * self.input.width
    }
}

/// Pairs of equally long runs: where a row of pixels of the sample lies in a row of `unfolded`, and where in the sample.
fn runs(shape: Shape) -> impl Iterator<Item = (usize, usize, usize)> {
    let Shape { channels, height, width } = shape;
    (0..channels * AREA).flat_map(move |row| {
        let (channel, dy, dx) = (row / AREA, row / SIDE % SIDE, row % SIDE);
        // The neighbour of (y, x) is (y + dy - 1, x + dx - 1); those outside stay zero.
        (0..height).filter(move |y| (1..=height).contains(&(y + dy))).map(move |y| {
            let (skip, from) = (usize::from(dx == 0), dx.saturating_sub(1));
            let to = row * height * width + y * width + skip;
            (to, (channel * height + y + dy - 1) * width + from, width - usize::from(dx != 1))
        })
    })
}

fn unfold(sample: &[f32], shape: Shape, unfolded: &mut [f32]) {
    for (to, from, length) in runs(shape) {
        unfolded[to..to + length].copy_from_slice(&sample[from..from + length]);
    }
}

/// The transpose of [`unfold`].
fn fold(unfolded: &[f32], shape: Shape, sample: &mut [f32]) {
    for (from, to, length) in runs(shape) {
        let pixels = sample[to..to + length].iter_mut();
        pixels.zip(&unfolded[from..from + length]).for_each(|(pixel, add)| *pixel += add);
    }
}

const CONTIGUOUS: &str = "rows of standard layout";

impl Layer for Convolution {
    fn forward(&mut self, batch: Array2<f32>) -> Array2<f32> {
        let (channels, pixels) = (self.weights.value.nrows(), self.pixels());
        let mut output = Array2::zeros((batch.nrows(), channels * pixels));
        for (sample, mut output) in batch.rows().into_iter().zip(output.rows_mut()) {
            let unfolded = self.unfolded.as_slice_mut().expect(CONTIGUOUS);
            unfold(sample.as_slice().expect(CONTIGUOUS), self.input, unfolded);
            let output = output.as_slice_mut().expect(CONTIGUOUS);
            for (row, bias) in output.chunks_exact_mut(pixels).zip(&self.bias.value) {
                row.fill(*bias);
            }
            let mut output = ArrayViewMut2::from_shape((channels, pixels), output).expect("as allocated");
            general_mat_mul(1.0, &self.weights.value, &self.unfolded, 1.0, &mut output);
        }
        self.batch = batch;
        output
    }

    fn backward(&mut self, gradient: Array2<f32>) -> Array2<f32> {
        let (channels, pixels) = (self.weights.value.nrows(), self.pixels());
        let mut result = Array2::zeros(if self.is_first { (0, 0) } else { self.batch.dim() });
        let mut folded = Array2::zeros(self.unfolded.dim());
        for (index, gradient) in gradient.rows().into_iter().enumerate() {
            let gradient = ArrayView2::from_shape((channels, pixels), gradient.to_slice().expect(CONTIGUOUS));
            let gradient = gradient.expect("as put out");
            let sample = self.batch.row(index);
            let unfolded = self.unfolded.as_slice_mut().expect(CONTIGUOUS);
            unfold(sample.as_slice().expect(CONTIGUOUS), self.input, unfolded);
            general_mat_mul(1.0, &gradient, &self.unfolded.t(), 1.0, &mut self.weights.gradient);
            self.bias.gradient += &gradient.sum_axis(Axis(1)).insert_axis(Axis(1));
            if !self.is_first {
                general_mat_mul(1.0, &self.weights.value.t(), &gradient, 0.0, &mut folded);
                let mut row = result.row_mut(index);
                fold(folded.as_slice().expect(CONTIGUOUS), self.input, row.as_slice_mut().expect(CONTIGUOUS));
            }
        }
        result
    }

    fn parameters(&mut self) -> Vec<&mut Parameter> {
        vec![&mut self.weights, &mut self.bias]
    }
}
