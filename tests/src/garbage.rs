//! Searches for words that no film has: the dearest ones, since every pass over the index is made for nothing.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// Paths of such searches, different ones for each seed and without end.
pub fn searches(seed: u64) -> impl Iterator<Item = String> {
    let mut random = StdRng::seed_from_u64(seed);
    std::iter::repeat_with(move || {
        let words: Vec<String> = (0..6).map(|_| word(&mut random)).collect();
        format!("/api/v1/films/search?query={}", words.join("+"))
    })
}

fn word(random: &mut StdRng) -> String {
    (0..9).map(|_| char::from(random.random_range(b'a'..=b'z'))).collect()
}
