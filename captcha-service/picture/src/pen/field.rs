//! Distortion field for everything in a picture, so that no line stays straight.

use std::f32::consts::TAU;

use rand::{Rng, RngExt};

use super::Point;

/// Displaces points by four long waves, two horizontal and two vertical.
pub(crate) struct Field {
    waves: [Wave; 4],
}

struct Wave {
    reach: f32,
    along_x: f32,
    along_y: f32,
    phase: f32,
}

impl Field {
    /// A field that moves no point by more than about `reach` to either side.
    pub(crate) fn new(reach: f32, rng: &mut impl Rng) -> Self {
        let mut wave = |share: f32, length: std::ops::Range<f32>| {
            let pace = TAU / rng.random_range(length);
            let slant = rng.random_range(0.0..TAU);
            Wave {
                reach: reach * share * rng.random_range(0.7..1.0),
                along_x: pace * slant.cos(),
                along_y: pace * slant.sin(),
                phase: rng.random_range(0.0..TAU),
            }
        };
        Self {
            waves: [wave(0.7, 220.0..420.0), wave(0.7, 220.0..420.0), wave(0.3, 90.0..150.0), wave(0.3, 90.0..150.0)],
        }
    }

    /// Displaced point.
    pub(crate) fn bend(&self, (x, y): Point) -> Point {
        let [a, b, c, d] = &self.waves;
        let at = |wave: &Wave| wave.reach * (wave.along_x * x + wave.along_y * y + wave.phase).sin();
        (x + at(a) + at(c), y + at(b) + at(d))
    }
}
