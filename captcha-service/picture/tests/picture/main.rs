//! Generation and drawing of sums.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

mod drawings;
mod speech;
mod sums;

use captcha_picture::Level;
use rand::{SeedableRng, rngs::StdRng};

const LEVELS: [Level; 3] = [Level::L1, Level::L2, Level::L3];

fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

fn seed(number: u64) -> [u8; 32] {
    let mut seed = [7; 32];
    seed[..8].copy_from_slice(&number.to_le_bytes());
    seed
}
