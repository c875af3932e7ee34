//! Searches for words of no film, the most expensive ones: every pass over the index is made in vain.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// Endless paths of such searches, different for each seed.
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
