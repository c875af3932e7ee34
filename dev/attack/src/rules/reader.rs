//! Accuracy of readers of pictures, by level, and of spoken sums.

use crate::{chance, world::PictureView};

/// Shares of sums solved.
#[derive(Clone, Copy)]
pub struct Reader {
    /// Pictures of levels 1, 2 and 3.
    pub pictures: [f64; 3],
    /// Spoken sums; they are the same at all levels.
    pub speech: f64,
}

/// Guesses.
pub const GUESSER: Reader = Reader { pictures: [0.0; 3], speech: 0.0 };
/// Best free OCR engine with the best preparation, as measured by `make attack`, rounded up; it hears nothing.
pub const COMMODITY: Reader = Reader { pictures: [0.35, 0.01, 0.005], speech: 0.0 };
/// A small neural network trained for four minutes on pictures of this service, and templates of its spoken words, as
/// measured by `make attack` (attack-readers), rounded up.
pub const TRAINED: Reader = Reader { pictures: [1.0, 0.96, 0.93], speech: 1.0 };
/// A paid human solver.
pub const WORKER: Reader = Reader { pictures: [0.97, 0.95, 0.92], speech: 0.95 };
/// Solves everything.
pub const PERFECT: Reader = Reader { pictures: [1.0; 3], speech: 1.0 };

impl Reader {
    /// Answer to a sum; a guess if it cannot be read.
    pub fn read(self, view: &PictureView) -> u8 {
        let level = usize::from(view.level.clamp(1, 3)) - 1;
        let skill = if view.spoken { self.speech } else { self.pictures[level] };
        if chance::happens(skill) { view.right_answer } else { chance::guess() }
    }
}
