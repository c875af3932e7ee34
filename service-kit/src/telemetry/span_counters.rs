//! Exact accounting of recorded spans: ended = sent + dropped + lost + waiting. And their log: at most one line a
//! minute, however long the collector is unavailable.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use metrics::{counter, describe_counter};

/// Minimum interval between log lines about the collector.
const LOG_INTERVAL: Duration = Duration::from_secs(60);

static RUNNING: OnceLock<Arc<SpanCounters>> = OnceLock::new();

/// Span counts by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Recorded and ended.
    pub ended: u64,
    /// Accepted by the collector.
    pub sent: u64,
    /// Dropped because the queue was full, or after shutdown.
    pub dropped: u64,
    /// Lost in an export that failed, or unsent at shutdown.
    pub lost: u64,
    /// In the queue or being exported.
    pub waiting: u64,
}

/// Counts spans, bounds those that wait, and logs failures.
#[derive(Debug)]
pub(super) struct SpanCounters {
    capacity: u64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    counts: Counts,
    closed: bool,
    logged_at: Option<Instant>,
    /// `dropped` and `lost` at the last line.
    logged: u64,
    failing: bool,
}

impl SpanCounters {
    /// Counters that admit at most `capacity` waiting spans.
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity: capacity as u64, state: Mutex::default() }
    }

    /// Makes these the counters shown at `/metrics`.
    pub(super) fn install(self: &Arc<Self>) {
        let _ = RUNNING.set(Arc::clone(self)); // a second one in this process is not shown
    }

    pub(super) fn counts(&self) -> Counts {
        self.lock().counts
    }

    /// Counts an ended span; `true` when there is room for it.
    pub(super) fn ended(&self) -> bool {
        let mut state = self.lock();
        state.counts.ended += 1;
        let room = !state.closed && state.counts.waiting < self.capacity;
        if room {
            state.counts.waiting += 1;
        } else {
            state.counts.dropped += 1;
        }
        room
    }

    /// Counts a batch that was sent, or lost for the reason `failure`.
    pub(super) fn exported(&self, spans: usize, failure: Option<&str>) {
        let mut state = self.lock();
        if state.closed {
            return; // counted as lost already
        }
        let spans = spans as u64;
        state.counts.waiting = state.counts.waiting.saturating_sub(spans);
        match failure {
            None => state.counts.sent += spans,
            Some(_) => state.counts.lost += spans,
        }
        state.log(failure);
    }

    /// Ends the export; waiting spans are counted as lost.
    pub(super) fn close(&self) -> Counts {
        let mut state = self.lock();
        state.closed = true;
        state.counts.lost += std::mem::take(&mut state.counts.waiting);
        state.counts
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner) // numbers are never half-written
    }
}

impl State {
    fn log(&mut self, failure: Option<&str>) {
        let unsent = self.counts.dropped + self.counts.lost;
        let changed = unsent > self.logged || self.failing != failure.is_some();
        if !changed || self.logged_at.is_some_and(|at| at.elapsed() < LOG_INTERVAL) {
            return;
        }
        let Counts { sent, dropped, lost, .. } = self.counts;
        match failure {
            Some(reason) => tracing::warn!(reason, sent, dropped, lost, "the trace collector takes no spans"),
            None if self.failing => tracing::info!(sent, dropped, lost, "the trace collector takes spans again"),
            None => tracing::warn!(sent, dropped, lost, "more spans than the trace collector takes; some are dropped"),
        }
        (self.logged_at, self.logged, self.failing) = (Some(Instant::now()), unsent, failure.is_some());
    }
}

pub(super) fn describe() {
    describe_counter!("traces.spans", "Spans by outcome: ended, sent, dropped, lost.");
}

/// Publishes the counts as metrics; called before each scrape.
pub(super) fn publish() {
    let Some(counters) = RUNNING.get() else { return };
    let Counts { ended, sent, dropped, lost, .. } = counters.counts();
    for (name, value) in [("ended", ended), ("sent", sent), ("dropped", dropped), ("lost", lost)] {
        counter!("traces.spans", "outcome" => name).absolute(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_span_is_counted_once_with_any_outcome() {
        let counters = SpanCounters::new(3);
        let room: Vec<_> = (0..5).map(|_| counters.ended()).collect();
        assert_eq!(room, [true, true, true, false, false]);
        counters.exported(1, None);
        counters.exported(1, Some("refused"));
        assert!(counters.ended(), "there is room again");
        let counts = counters.close();
        assert_eq!(counts, Counts { ended: 6, sent: 1, dropped: 2, lost: 3, waiting: 0 });
        counters.exported(2, None);
        assert!(!counters.ended());
        let counts = counters.counts();
        assert_eq!(counts.sent + counts.dropped + counts.lost, counts.ended);
    }

    #[test]
    fn failures_within_a_minute_are_one_line() {
        let counters = SpanCounters::new(10);
        let logged = |counters: &SpanCounters| counters.lock().logged_at;
        counters.ended();
        counters.exported(1, Some("refused"));
        let first = logged(&counters).expect("a line");
        for _ in 0..1000 {
            counters.ended();
            counters.exported(1, Some("refused"));
            counters.exported(0, None);
        }
        assert_eq!(logged(&counters), Some(first));
    }
}
