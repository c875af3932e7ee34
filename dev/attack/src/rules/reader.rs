//! Accuracy of readers of pictures, by level.

use crate::{chance, world::PictureView};

/// Share of pictures solved at levels 1, 2 and 3.
#[derive(Clone, Copy)]
pub struct Reader(pub [f64; 3]);

/// Guesses.
pub const GUESSER: Reader = Reader([0.0; 3]);
/// Best free OCR engine with the best preparation, as measured by `make attack`, rounded up.
pub const COMMODITY: Reader = Reader([0.35, 0.01, 0.005]);
/// A small neural network trained for four minutes on pictures of this service, as measured by `make attack`
/// (attack-readers), rounded up.
pub const TRAINED: Reader = Reader([1.0, 0.96, 0.93]);
/// A paid human solver.
pub const WORKER: Reader = Reader([0.97, 0.95, 0.92]);
/// Solves everything.
pub const PERFECT: Reader = Reader([1.0; 3]);

impl Reader {
    /// Answer to a picture; a guess if it cannot be read.
    pub fn read(self, view: &PictureView) -> u8 {
        let skill = self.0[usize::from(view.level.clamp(1, 3)) - 1];
        if chance::happens(skill) { view.right_answer } else { chance::guess() }
    }
}
