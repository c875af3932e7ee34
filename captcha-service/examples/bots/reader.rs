//! How well somebody reads pictures, by level.

use crate::{chance, world::Shown};

/// The share of pictures that are read rightly at levels 1, 2 and 3.
#[derive(Clone, Copy)]
pub struct Reader(pub [f64; 3]);

/// Guesses.
pub const NOBODY: Reader = Reader([0.0; 3]);
/// The best free reader of text with the best preparation, as `make attack` measures it, rounded up.
pub const COMMODITY: Reader = Reader([0.35, 0.01, 0.005]);
/// A network trained on our own pictures: 52 % was reached within minutes on pictures like these.
pub const TRAINED: Reader = Reader([0.9, 0.52, 0.52]);
/// Somebody paid for it.
pub const WORKER: Reader = Reader([0.97, 0.95, 0.92]);
/// Reads everything.
pub const PERFECT: Reader = Reader([1.0; 3]);

impl Reader {
    /// What it answers. A picture that it cannot read is guessed.
    pub fn read(self, shown: &Shown) -> u8 {
        let skill = self.0[usize::from(shown.level.clamp(1, 3)) - 1];
        if chance::happens(skill) { shown.truth } else { chance::guess() }
    }
}
