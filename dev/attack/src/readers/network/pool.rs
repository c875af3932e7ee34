//! Layers without parameters: pooling of 2 × 2 with rectification, and rectification alone.

use ndarray::Array2;

use super::{Layer, Shape};

/// The largest of each 2 × 2 pixels, at least zero. An odd last row or column is left out.
pub struct MaxPool {
    input: Shape,
    /// For each output, its source in the sample; `u32::MAX` where all were negative.
    sources: Vec<u32>,
}

impl MaxPool {
    pub fn new(input: Shape) -> Self {
        Self { input, sources: Vec::new() }
    }

    pub fn output(&self) -> Shape {
        Shape { height: self.input.height / 2, width: self.input.width / 2, ..self.input }
    }
}

impl Layer for MaxPool {
    fn forward(&mut self, batch: Array2<f32>) -> Array2<f32> {
        let (output, Shape { height, width, .. }) = (self.output(), self.input);
        let mut result = Array2::zeros((batch.nrows(), output.size()));
        self.sources.clear();
        for (sample, mut result) in batch.rows().into_iter().zip(result.rows_mut()) {
            let (Some(sample), Some(result)) = (sample.as_slice(), result.as_slice_mut()) else { continue };
            for (row, pooled) in result.chunks_exact_mut(output.width).enumerate() {
                let first = (row / output.height * height + row % output.height * 2) * width;
                let (upper, lower) = sample[first..first + 2 * width].split_at(width);
                for (x, value) in pooled.iter_mut().enumerate() {
                    let four = [upper[2 * x], upper[2 * x + 1], lower[2 * x], lower[2 * x + 1]];
                    let mut source = u32::MAX;
                    for (candidate, at) in four.into_iter().zip([0, 1, width, width + 1]) {
                        if candidate > *value {
                            (*value, source) = (candidate, (first + 2 * x + at) as u32);
                        }
                    }
                    self.sources.push(source);
                }
            }
        }
        result
    }

    fn backward(&mut self, gradient: Array2<f32>) -> Array2<f32> {
        let mut result = Array2::zeros((gradient.nrows(), self.input.size()));
        let rows = gradient.rows().into_iter().zip(self.sources.chunks(gradient.ncols().max(1)));
        for (mut result, (gradient, sources)) in result.rows_mut().into_iter().zip(rows) {
            for (gradient, &source) in gradient.iter().zip(sources) {
                if source != u32::MAX {
                    result[source as usize] = *gradient;
                }
            }
        }
        result
    }
}

/// Zero in place of negative numbers.
#[derive(Default)]
pub struct Rectifier {
    output: Array2<f32>,
}

impl Layer for Rectifier {
    fn forward(&mut self, batch: Array2<f32>) -> Array2<f32> {
        self.output = batch.mapv_into(|value| value.max(0.0));
        self.output.clone()
    }

    fn backward(&mut self, mut gradient: Array2<f32>) -> Array2<f32> {
        gradient.zip_mut_with(&self.output, |gradient, output| {
            if *output <= 0.0 {
                *gradient = 0.0;
            }
        });
        gradient
    }
}
