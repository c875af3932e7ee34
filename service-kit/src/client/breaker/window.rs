//! Sliding window of ten seconds, in ten buckets of one second.

use std::time::Duration;

const BUCKETS: usize = 10;

#[derive(Debug, Clone, Copy, Default)]
struct Bucket {
    second: u64,
    total: u32,
    failed: u32,
}

/// Counts of one window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct WindowCounts {
    pub(super) total: u32,
    pub(super) failed: u32,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Window([Bucket; BUCKETS]);

impl Window {
    pub(super) fn record(&mut self, now: Duration, failed: bool) {
        let second = now.as_secs();
        let bucket = &mut self.0[(second % BUCKETS as u64) as usize];
        if bucket.second != second {
            *bucket = Bucket { second, ..Bucket::default() };
        }
        bucket.total += 1;
        bucket.failed += u32::from(failed);
    }

    pub(super) fn counts(&self, now: Duration) -> WindowCounts {
        let oldest = now.as_secs().saturating_sub(BUCKETS as u64 - 1);
        self.0.iter().filter(|bucket| bucket.second >= oldest).fold(WindowCounts::default(), |sum, bucket| {
            WindowCounts { total: sum.total + bucket.total, failed: sum.failed + bucket.failed }
        })
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}
