//! Sums as pictures and as speech: readable for humans, hard for OCR.
//!
//! A pure library: no I/O, no clock, no panic. The caller provides the randomness (a seed of 32 bytes per picture) and
//! keeps the answer; the output reveals the sum only by the drawing itself.
//!
//! ```
//! use captcha_picture::{Level, Style, draw, pick_answer, sum_for};
//! let mut rng = rand::rng();
//! let answer = pick_answer(&mut rng);
//! let sum = sum_for(answer, Level::L2, &mut rng);
//! assert_eq!(sum.answer(), answer);
//! let png = draw(sum, Level::L2, Style::default(), rand::random());
//! assert!(png.starts_with(b"\x89PNG"));
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that cannot go on should fail"))]

mod canvas;
mod digits;
mod draw;
mod level;
mod pen;
mod png;
mod speech;
mod style;
mod sum;

pub use draw::draw;
pub use level::Level;
pub use png::BUCKET;
pub use speech::{Language, SPOKEN_LENGTH, speak};
pub use style::Style;
pub use sum::{ANSWERS, Op, Sum, pick_answer, sum_for};
