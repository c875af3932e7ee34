//! Mean time of recent hashes, by which the pool knows how many passwords it can hash before a deadline.

use std::time::Duration;

/// Assumed before the first hash. Too long rather than too short: the first requests may be too many.
const INITIAL: Duration = Duration::from_millis(50);
/// One eighth of each new time enters the mean, as in TCP's estimate of round-trip times (RFC 6298 §2.3). A busy
/// processor, and imported hashes of a high cost, show within some ten hashes.
const SHARE: u32 = 8;

/// The mean; a moving average.
#[derive(Debug, Default)]
pub(super) struct MeanHashTime(Option<Duration>);

impl MeanHashTime {
    /// Counts a hash that took this time.
    pub fn record(&mut self, took: Duration) {
        self.0 = Some(self.0.map_or(took, |mean| mean - mean / SHARE + took / SHARE));
    }

    /// Number of hashes that this number of threads makes within `time`.
    pub fn hashes_within(&self, time: Duration, threads: usize) -> usize {
        let mean = self.0.unwrap_or(INITIAL).max(Duration::from_nanos(1));
        let hashes = time.as_nanos() * threads as u128 / mean.as_nanos();
        usize::try_from(hashes).unwrap_or(usize::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn slower_hashes_leave_room_for_fewer() {
        let mut mean = MeanHashTime::default();
        assert_eq!(mean.hashes_within(SECOND, 2), 40, "assumed");
        mean.record(Duration::from_millis(25));
        assert_eq!(mean.hashes_within(SECOND, 2), 80);
        mean.record(Duration::from_millis(225));
        assert_eq!(mean.hashes_within(SECOND, 2), 40, "an eighth of 200 ms more");
        (0..100).for_each(|_| mean.record(SECOND));
        assert_eq!((mean.hashes_within(SECOND, 1), mean.hashes_within(Duration::ZERO, 1)), (1, 0));
    }
}
