//! Settings, from the environment.

use std::{env, str::FromStr, time::Duration};

use crate::Outcome;

/// Pictures with which the time for training is at its default.
const PICTURES: usize = 2000;
const TRAINING: usize = 240;

pub struct Settings {
    /// Unseen pictures a level.
    pub pictures: usize,
    /// Unseen sums a language and level.
    pub sums: usize,
    pub seed: u64,
    pub training: Duration,
}

#[expect(clippy::disallowed_methods, reason = "set by the script that starts this")]
pub fn text(name: &str) -> Option<String> {
    env::var(name).ok()
}

/// A number within its bounds.
fn number<N: FromStr + PartialOrd + std::fmt::Display>(name: &str, default: N, (least, most): (N, N)) -> Outcome<N> {
    let Some(text) = text(name) else { return Ok(default) };
    let bad = || format!("{name} must be a number from {least} to {most}, and is {text:?}");
    let value: N = text.parse().map_err(|_| bad())?;
    if value < least || value > most { Err(bad().into()) } else { Ok(value) }
}

impl Settings {
    /// # Errors
    /// A value that is no number, or out of bounds.
    pub fn from_environment() -> Outcome<Self> {
        let pictures = number("ATTACK_PICTURES", PICTURES, (1, 100_000))?;
        // A quick run trains for a quick while.
        let training = (TRAINING * pictures.min(PICTURES) / PICTURES).max(30) as u64;
        let seed = match text("ATTACK_SEED") {
            Some(text) => {
                u64::from_str_radix(&text, 16).map_err(|_| format!("ATTACK_SEED is not hexadecimal: {text:?}"))?
            }
            None => rand::random(),
        };
        let training = Duration::from_secs(number("ATTACK_TRAINING_SECONDS", training, (1, 86_400))?);
        Ok(Self { pictures, sums: (pictures / 10).clamp(20, 1000), seed, training })
    }
}
