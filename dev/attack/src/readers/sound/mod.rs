//! Spoken sums: words are cut out of clips of known sums, and found again in others by dynamic time warping.

mod cut;
mod grammar;
mod reader;
mod recogniser;
mod spectrum;
mod templates;

pub use reader::{CLIPS, SoundReader};
