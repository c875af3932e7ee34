//! Times in whole seconds, rounded up.

use std::time::Duration;

use crate::{
    decision::{Decision, Outcome},
    gcra::TICKS_PER_SECOND,
    quota::Quota,
};

/// The value of `Retry-After`: `wait` in whole seconds, rounded up, at least 1, and later by up to `jitter_percent` (at
/// most 10) at random.
pub fn retry_after(wait: Duration, jitter_percent: u8) -> u64 {
    let least = ceil(wait).max(1);
    match jitter_percent.min(10) {
        0 => least,
        percent => {
            let late = wait.as_secs_f64() * f64::from(percent) / 100.0 * rand::random::<f64>();
            least.max(ceil(wait.saturating_add(Duration::try_from_secs_f64(late).unwrap_or_default())))
        }
    }
}

/// The refill time of a used-up burst, at least 1. Computed from the quota as written: in ticks, which are rounded up,
/// `7/1m` would take a 61st second.
pub(super) fn window(quota: Quota) -> u64 {
    let per_unit = 1_000_000_000 * u128::from(quota.units());
    let seconds = quota.per().as_nanos().saturating_mul(quota.burst().into()).div_ceil(per_unit);
    u64::try_from(seconds).unwrap_or(u64::MAX).max(1)
}

/// Whole seconds, rounded up.
pub(super) fn ceil(time: Duration) -> u64 {
    time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0))
}

/// Seconds until the refused request conforms, until one unit is available when none remains, or until all are.
pub(super) fn until_more(decision: &Decision) -> u64 {
    match decision.outcome {
        Outcome::Deny { retry_after } => ceil(retry_after),
        _ if decision.remaining == 0 => until_one(decision),
        _ => ceil(decision.reset_after),
    }
}

/// The key is idle when the whole tolerance is free again, and has one unit when one interval of it is.
fn until_one(decision: &Decision) -> u64 {
    let rule = decision.policy.rule();
    // Whole ticks became nanoseconds rounded up, so rounding down restores them.
    let until_idle = u64::try_from(decision.reset_after.as_nanos() * 16 / 1_000).unwrap_or(u64::MAX);
    until_idle.saturating_sub(rule.tolerance - rule.interval).div_ceil(TICKS_PER_SECOND)
}
