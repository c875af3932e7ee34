//! The arithmetic against independent models: token buckets in whole numbers, without arrival times.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

mod buckets;
mod keys;
mod laws;
mod text;

use std::time::Duration;

use limiter_lib::Quota;
use proptest::prelude::*;

/// Quotas of all sizes: known edge cases, and random ones.
fn quotas() -> impl Strategy<Value = Quota> {
    let second = Duration::from_secs(1);
    let known = prop_oneof![
        Just((3, second)),
        Just((7, 60 * second)),
        Just((1, 86_400 * second)),
        Just((999_983, 3_600 * second)),
        Just((300_000, second)),
        Just((16_000_000, second)),
        Just((1, Duration::from_nanos(63))),
    ];
    let spans = prop_oneof![
        Just(Duration::from_millis(1)),
        Just(second),
        Just(60 * second),
        Just(3_600 * second),
        Just(86_400 * second),
        (1..u64::from(u32::MAX)).prop_map(Duration::from_nanos),
    ];
    let rates = prop_oneof![known, (1..=1_000_000_u32, spans)];
    let bursts = prop_oneof![Just(1_u32), 1..=20_u32, 1..=1_000_000_u32];
    (rates, bursts).prop_filter_map("no such quota", |((units, per), burst)| {
        Quota::new(units, per).and_then(|quota| quota.with_burst(burst)).ok()
    })
}

/// A quota and a cost that it can allow, more often small or whole than in between.
fn quotas_and_costs() -> impl Strategy<Value = (Quota, u32)> {
    quotas().prop_flat_map(|quota| {
        let burst = quota.burst();
        let costs = prop_oneof![Just(1_u32), Just(burst), 1..=burst.min(3), 1..=burst];
        (Just(quota), costs)
    })
}

/// Some time after the epoch of the clock.
const NOW: u64 = limiter_lib::gcra::MAX_TOLERANCE;
