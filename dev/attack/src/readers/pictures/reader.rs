//! The reader: a network for numbers, trained in the run, and a template for the sign.

use std::time::Duration;

use captcha_picture::{Level, Style, Sum, draw, pick_answer, sum_for};
use ndarray::Array2;
use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::{
    answer::{Digits, likeliest},
    crops::{CLASSES, CROP, crops, labels},
    grid::Grid,
    sign::{Sign, SignFinder},
};
use crate::{
    Outcome,
    clock::ProcessorTime,
    network::{Network, cross_entropy, softmax},
};

/// Pictures of a batch; each has two numbers.
const BATCH: usize = 16;
const CHANNELS: [usize; 3] = [16, 32, 64];
const HIDDEN: usize = 128;
/// Largest step of the optimiser.
const RATE: f32 = 3e-3;

/// What a training took.
#[derive(Clone, Copy, Default)]
pub struct Training {
    pub pictures: usize,
    pub time: Duration,
}

/// A reader of pictures of all levels.
pub struct PictureReader {
    network: Network,
    finder: SignFinder,
}

/// A picture as it is read.
struct Case {
    sum: Sum,
    sign: Sign,
    crops: [Vec<f32>; 2],
}

fn case(level: Level, finder: &SignFinder, rng: &mut StdRng) -> Outcome<Case> {
    let sum = sum_for(pick_answer(rng), level, rng);
    let grid = Grid::from_png(&draw(sum, level, Style::default(), rng.random()))?;
    let sign = finder.find(&grid);
    Ok(Case { sum, sign, crops: crops(&grid, sign) })
}

fn batch(cases: &[Case]) -> Outcome<Array2<f32>> {
    let cells = cases.iter().flat_map(|case| case.crops.iter().flatten()).copied().collect();
    Ok(Array2::from_shape_vec((2 * cases.len(), CROP.size()), cells)?)
}

/// Level of a training picture: the easy one first, then more of the hard ones.
fn level(progress: f32, rng: &mut StdRng) -> Level {
    let easy = if progress < 0.1 { 0.6 } else { 0.1 };
    match rng.random::<f32>() {
        part if part < easy => Level::L1,
        part if part < easy + (1.0 - easy) * 0.45 => Level::L2,
        _ => Level::L3,
    }
}

/// Steps grow over the first tenth of the training, and shrink to nothing by its end (Smith, 2018: one cycle).
fn rate(progress: f32) -> f32 {
    RATE * (progress / 0.1).min((1.0 - progress) / 0.9).clamp(0.002, 1.0)
}

impl PictureReader {
    /// Trains for this long, of the processor's time.
    pub fn train(budget: Duration, seed: u64) -> Outcome<(Self, Training)> {
        let mut rng = StdRng::seed_from_u64(seed);
        let network = Network::new(CROP, &CHANNELS, HIDDEN, CLASSES.iter().sum(), &mut rng);
        let mut reader = Self { network, finder: SignFinder::new() };
        let time = ProcessorTime::start()?;
        let (mut training, mut reported, mut mean_loss) = (Training::default(), 0, 0.0);
        while training.time < budget {
            let progress = training.time.as_secs_f32() / budget.as_secs_f32();
            let cases: Vec<Case> = (0..BATCH)
                .map(|_| case(level(progress, &mut rng), &reader.finder, &mut rng))
                .collect::<Outcome<_>>()?;
            let labels: Vec<[u8; 2]> = cases.iter().flat_map(|case| labels(case.sum)).collect();
            let outputs = reader.network.forward(batch(&cases)?);
            let (loss, gradient) = cross_entropy(outputs, CLASSES, &labels);
            reader.network.backward(gradient);
            reader.network.step(rate(progress));
            mean_loss = if training.pictures == 0 { loss } else { 0.98 * mean_loss + 0.02 * loss };
            training.pictures += BATCH;
            training.time = time.elapsed()?;
            let part = (progress * 20.0) as usize;
            if part > reported {
                reported = part;
                eprintln!(
                    "pictures: {:.0} s of {:.0} s, {} pictures, loss {mean_loss:.3}",
                    training.time.as_secs_f32(),
                    budget.as_secs_f32(),
                    training.pictures
                );
            }
        }
        Ok((reader, training))
    }

    /// Number of solved pictures of a level, out of `count` new ones.
    pub fn solved(&mut self, level: Level, count: usize, seed: u64) -> Outcome<usize> {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut solved = 0;
        for start in (0..count).step_by(BATCH) {
            let cases: Vec<Case> =
                (0..BATCH.min(count - start)).map(|_| case(level, &self.finder, &mut rng)).collect::<Outcome<_>>()?;
            let read = self.read(level, &cases)?;
            solved += read.iter().zip(&cases).filter(|(read, case)| **read == case.sum.answer()).count();
        }
        Ok(solved)
    }

    fn read(&mut self, level: Level, cases: &[Case]) -> Outcome<Vec<u8>> {
        let mut outputs = self.network.forward(batch(cases)?);
        let numbers: Vec<Digits> = outputs
            .rows_mut()
            .into_iter()
            .map(|mut row| {
                let (first, second) = row.as_slice_mut().expect("standard layout").split_at_mut(CLASSES[0]);
                [first, second].map(|group| {
                    softmax(group);
                    group.to_vec()
                })
            })
            .collect();
        let pairs = numbers.as_chunks::<2>().0.iter();
        Ok(pairs.zip(cases).map(|(pair, case)| likeliest(level, case.sign.op, pair)).collect())
    }
}
