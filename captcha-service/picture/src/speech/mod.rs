//! Spoken sums, for users who cannot see them.
//!
//! Words were recorded once (`scripts/voices.sh`) and are embedded, 130 KB for two languages. Each word is played
//! slightly faster or slower each time, over other words played backwards. This does not stop speech recognition:
//! spoken sums need a smaller quota than drawn ones, see docs/decisions/0010-spoken-sums.md.

mod adpcm;
mod mix;
mod voices;
mod words;

use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::Sum;
use mix::Mix;
use voices::voice;

/// Languages of spoken sums. A type of its own, not the one of the contracts: this crate depends on no other of ours, so
/// that a change of a contract neither rebuilds the recordings nor the pictures, and a voice is added here first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// Russian.
    Ru,
    /// English.
    En,
}

/// Length of every file of [`speak`]: a header and 5.5 seconds of 8,000 samples.
pub const SPOKEN_LENGTH: usize = mix::HEADER + mix::SAMPLES;

/// Speaks a sum as a WAV file of 8,000 samples per second, 8 bits, one channel. The same arguments give the same file,
/// and all files have [`SPOKEN_LENGTH`]. Numbers above 99, which [`sum_for`](crate::sum_for) never makes, are spoken
/// as 99.
#[must_use]
pub fn speak(sum: Sum, language: Language, seed: [u8; 32]) -> Vec<u8> {
    let mut rng = StdRng::from_seed(seed);
    let voice = voice(language);
    let mut mix = Mix::new(&mut rng);
    let words = words::of(sum);
    let spoken: Vec<(Vec<f32>, usize)> = words
        .map(|word| {
            let pause = if word.pauses { rng.random_range(1200..2400) } else { rng.random_range(160..560) };
            (mix::at_pace(&adpcm::decode(voice[word.index]), rng.random_range(0.88..1.14)), pause)
        })
        .collect();
    for _ in 0..9 {
        let word = adpcm::decode(voice[rng.random_range(0..voice.len())]);
        let backwards: Vec<f32> = mix::at_pace(&word, rng.random_range(0.8..1.3)).into_iter().rev().collect();
        mix.add(&backwards, rng.random_range(0..mix::SAMPLES), rng.random_range(0.10..0.17));
    }
    let length: usize = spoken.iter().map(|(word, pause)| word.len() + pause).sum();
    let mut at = rng.random_range(0..=mix::SAMPLES.saturating_sub(length + 1));
    for (word, pause) in spoken {
        mix.add(&word, at, rng.random_range(0.65..0.8));
        at += word.len() + pause;
    }
    mix.into_wav()
}
