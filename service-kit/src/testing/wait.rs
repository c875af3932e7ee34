//! Waiting for a condition with a bound, instead of sleeping.

use std::time::{Duration, Instant};

/// Asks again every few milliseconds until `condition` holds.
///
/// # Panics
/// When it does not hold within `bound`; `what` says what was awaited.
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
