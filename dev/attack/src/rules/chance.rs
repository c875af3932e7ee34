//! Random events and durations.

use std::time::Duration;

use rand::RngExt;

/// `true` with this probability.
pub fn happens(probability: f64) -> bool {
    rand::rng().random::<f64>() < probability
}

/// A human reaction time: lognormal with this median, and `spread` of its logarithm.
pub fn around(median: f64, spread: f64) -> Duration {
    // Box-Muller.
    let (a, b): (f64, f64) = (rand::rng().random_range(1e-12..1.0), rand::rng().random());
    let normal = (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos();
    Duration::from_secs_f64((median * (spread * normal).exp()).min(86_400.0))
}

/// Time to the next event of a Poisson process with this daily rate.
pub fn until_next(a_day: f64) -> Duration {
    let chance: f64 = rand::rng().random_range(1e-12..1.0);
    Duration::from_secs_f64((-chance.ln() * 86_400.0 / a_day).min(1e7))
}

/// A random answer.
pub fn guess() -> u8 {
    rand::rng().random_range(10..=99)
}
