//! Waiting for a condition with a bound, instead of sleeping.

use std::time::{Duration, Instant};

/// Polls `condition` every few milliseconds until it holds.
///
/// # Panics
/// When it does not hold within `bound`; `what` names the condition.
pub async fn eventually<F>(what: &str, bound: Duration, mut condition: F)
where
    F: AsyncFnMut() -> bool,
{
    let start = Instant::now();
    while !condition().await {
        assert!(start.elapsed() < bound, "{what}: not within {bound:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
