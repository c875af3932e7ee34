//! Generation of sums: the answer is drawn first, uniformly, then a sum with this answer.

use std::ops::RangeInclusive;

use rand::{Rng, RngExt};

use crate::Level;

/// All answers. Each has two digits, so that the number of key presses reveals nothing.
pub const ANSWERS: RangeInclusive<u8> = 10..=99;

/// Operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    /// `+`
    Plus,
    /// `−`
    Minus,
}

/// A sum of two numbers below 100 with an answer in [`ANSWERS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sum {
    /// The first number.
    pub left: u8,
    /// Plus or minus.
    pub op: Op,
    /// The second number.
    pub right: u8,
}

impl Sum {
    /// The right answer. Sums not made by [`sum_for`] saturate at `0..=255`.
    #[must_use]
    pub fn answer(self) -> u8 {
        match self.op {
            Op::Plus => self.left.saturating_add(self.right),
            Op::Minus => self.left.saturating_sub(self.right),
        }
    }
}

/// Draws an answer, uniform over [`ANSWERS`]. A guess is right once in 90.
pub fn pick_answer(rng: &mut impl Rng) -> u8 {
    rng.random_range(ANSWERS)
}

/// Makes a sum with this answer. Answers outside of [`ANSWERS`] are clamped.
///
/// Level 1 adds or subtracts a number of 2 to 9; the other levels use two two-digit numbers. The answer itself is
/// never one of them. Plus and minus are equally likely wherever both exist, so that the sign alone reveals nothing
/// about the answers 20 to 89 (level 1: 12 to 97).
pub fn sum_for(answer: u8, level: Level, rng: &mut impl Rng) -> Sum {
    let answer = answer.clamp(*ANSWERS.start(), *ANSWERS.end());
    let seconds: RangeInclusive<u8> = match level {
        Level::L1 => 2..=9,
        Level::L2 | Level::L3 => 10..=89,
    };
    let additions = seconds.clone().filter(|&right| answer >= right + 10);
    let subtractions = seconds.filter(|&right| answer + right <= 99 && right != answer);
    let (plus, minus) = (additions.clone().count(), subtractions.clone().count());
    let op = if minus == 0 || (plus > 0 && rng.random()) { Op::Plus } else { Op::Minus };
    match op {
        Op::Plus => {
            let right = nth(additions, plus, rng);
            Sum { left: answer - right, op, right }
        }
        Op::Minus => {
            let right = nth(subtractions, minus, rng);
            Sum { left: answer + right, op, right }
        }
    }
}

/// One of `count` numbers, uniformly. Every answer has at least one sum per level; the 2 only satisfies the compiler.
fn nth(mut numbers: impl Iterator<Item = u8>, count: usize, rng: &mut impl Rng) -> u8 {
    numbers.nth(rng.random_range(0..count.max(1))).unwrap_or(2)
}
