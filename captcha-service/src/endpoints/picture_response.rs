//! Conversion of challenges to the types of the contract.

use std::time::{Duration, Instant};

use contracts::captcha::challenges::Picture;

use crate::domain::{Challenge, rules};
use crate::metrics;
use crate::pictures::{self, Drawn};

/// Digits of every answer.
const DIGITS: u8 = 2;

/// Draws the picture of a challenge and describes it.
pub fn picture(session: &Challenge, picture_id: String, lasts: Duration) -> Picture {
    let began = Instant::now();
    let drawn = pictures::draw(session);
    metrics::drawn(began.elapsed());
    let (image, audio, prompt_key) = match drawn {
        Drawn::Image(url) => (Some(url), None, "sum_in_picture"),
        Drawn::Audio(url) => (None, Some(url), "sum_in_audio"),
    };
    Picture {
        picture_id,
        image,
        audio,
        prompt_key: prompt_key.into(),
        digits: DIGITS,
        round: session.round(),
        rounds: rules::ROUNDS,
        expires_in: lasts.as_secs(),
    }
}

/// Rounds a wait up to steps of 10 s: exact waits would reveal which quota applied.
pub fn wait(wait: Duration) -> Duration {
    const STEP: u64 = 10;
    let seconds = wait.as_millis().div_ceil(1000) as u64;
    Duration::from_secs(seconds.div_ceil(STEP).max(1) * STEP)
}
