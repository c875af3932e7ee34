//! Conversion of challenges to the types of the contract.

use std::time::{Duration, Instant};

use contracts::captcha::challenges::Picture;

use crate::domain::Challenge;
use crate::metrics;
use crate::pictures::{self, RenderedSum};

/// Digits of every answer.
const DIGITS: u8 = 2;

/// Draws the picture of a challenge and describes it.
pub fn picture(challenge: &Challenge, picture_id: String, ttl: Duration) -> Picture {
    let started_at = Instant::now();
    let rendered = pictures::draw(challenge);
    metrics::record_render(started_at.elapsed());
    let (image, audio, prompt_key) = match rendered {
        RenderedSum::Image(url) => (Some(url), None, "sum_in_picture"),
        RenderedSum::Audio(url) => (None, Some(url), "sum_in_audio"),
    };
    Picture {
        picture_id,
        image,
        audio,
        prompt_key: prompt_key.into(),
        digits: DIGITS,
        round: challenge.round(),
        rounds: challenge.rounds(),
        expires_in: ttl.as_secs(),
    }
}

/// Rounds a wait up to steps of 10 s: exact waits would reveal which quota applied.
pub fn wait(wait: Duration) -> Duration {
    const STEP: u64 = 10;
    let seconds = wait.as_millis().div_ceil(1000) as u64;
    Duration::from_secs(seconds.div_ceil(STEP).max(1) * STEP)
}
