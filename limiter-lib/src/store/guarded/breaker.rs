//! The circuit breaker of a store: opens after consecutive failures, or too many in a second.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use crate::gcra::TICKS_PER_SECOND;

/// Consecutive failures that open the breaker.
const CONSECUTIVE_FAILURES: u32 = 5;
/// Minimum number of calls in a second, half of which must fail to open it.
const MIN_CALLS: u32 = 20;

/// Open or closed. It does not close by itself: a successful probe closes it.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    open: AtomicBool,
    window: Mutex<Window>,
}

#[derive(Debug, Default)]
struct Window {
    started_at: u64,
    calls: u32,
    failed: u32,
    consecutive: u32,
}

impl Breaker {
    pub(super) fn is_open(&self) -> bool {
        self.open.load(Ordering::Acquire)
    }

    /// Records a call that ended at `now`. `true` for the one that opens the breaker.
    pub(super) fn record(&self, now: u64, failed: bool) -> bool {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        if now.saturating_sub(window.started_at) >= TICKS_PER_SECOND {
            *window = Window { started_at: now, consecutive: window.consecutive, ..Window::default() };
        }
        window.calls += 1;
        if !failed {
            window.consecutive = 0;
            return false;
        }
        window.failed += 1;
        window.consecutive += 1;
        let opens = window.consecutive >= CONSECUTIVE_FAILURES
            || (window.calls >= MIN_CALLS && window.failed * 2 >= window.calls);
        opens && !self.open.swap(true, Ordering::AcqRel)
    }

    pub(super) fn close(&self) {
        *self.window.lock().unwrap_or_else(PoisonError::into_inner) = Window::default();
        self.open.store(false, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_failures_in_a_row_open_it_once() {
        let breaker = Breaker::default();
        let opened: Vec<bool> = (0..7).map(|_| breaker.record(0, true)).collect();
        assert_eq!(opened, [false, false, false, false, true, false, false]);
        assert!(breaker.is_open());
        breaker.close();
        assert!(!breaker.is_open());
        assert!(!breaker.record(0, true), "what was counted before it closed is forgotten");
    }

    #[test]
    fn half_of_twenty_calls_in_a_second_open_it() {
        let breaker = Breaker::default();
        let opened: Vec<bool> = (0..20).map(|call| breaker.record(0, call % 2 == 1)).collect();
        assert_eq!(opened.iter().position(|opened| *opened), Some(19));
    }

    #[test]
    fn half_of_twenty_calls_over_many_seconds_do_not() {
        let breaker = Breaker::default();
        assert!((0..40).all(|call| !breaker.record(call * TICKS_PER_SECOND / 10, call % 2 == 1)));
    }
}
