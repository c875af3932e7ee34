//! What became of every recorded span, exactly: ended = sent + dropped + lost + waiting. And what the log hears of it:
//! at most one line a minute, however long the collector is away.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use metrics::counter;

/// Time between two lines about the collector.
const QUIET_FOR: Duration = Duration::from_secs(60);

static RUNNING: OnceLock<Arc<SpanCounters>> = OnceLock::new();

/// Counts of spans.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Recorded and over.
    pub ended: u64,
    /// Taken by the collector.
    pub sent: u64,
    /// Found the queue full, or came after the end.
    pub dropped: u64,
    /// Were on their way when the collector failed, or when the process ended.
    pub lost: u64,
    /// In the queue or on their way.
    pub waiting: u64,
}

/// Counts spans, bounds those that wait, and tells the log now and then.
#[derive(Debug)]
pub(super) struct SpanCounters {
    capacity: u64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    counts: Counts,
    closed: bool,
    told_at: Option<Instant>,
    /// `dropped` and `lost` at the last line.
    told: u64,
    failing: bool,
}

impl SpanCounters {
    /// At most `capacity` spans wait.
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity: capacity as u64, state: Mutex::default() }
    }

    /// Makes this the tally that `/metrics` shows.
    pub(super) fn install(self: &Arc<Self>) {
        let _ = RUNNING.set(Arc::clone(self)); // a second one in this process stays unseen
    }

    pub(super) fn counts(&self) -> Counts {
        self.lock().counts
    }

    /// Counts a span that ended; says whether there is room for it.
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

    /// Counts a batch that was sent, or lost for this reason.
    pub(super) fn exported(&self, spans: usize, failure: Option<&str>) {
        let mut state = self.lock();
        if state.closed {
            return; // they are counted as lost already
        }
        let spans = spans as u64;
        state.counts.waiting = state.counts.waiting.saturating_sub(spans);
        match failure {
            None => state.counts.sent += spans,
            Some(_) => state.counts.lost += spans,
        }
        state.tell(failure);
    }

    /// Nothing is sent from here on; what waits is lost.
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
    fn tell(&mut self, failure: Option<&str>) {
        let gone = self.counts.dropped + self.counts.lost;
        let news = gone > self.told || self.failing != failure.is_some();
        if !news || self.told_at.is_some_and(|at| at.elapsed() < QUIET_FOR) {
            return;
        }
        let Counts { sent, dropped, lost, .. } = self.counts;
        match failure {
            Some(reason) => tracing::warn!(reason, sent, dropped, lost, "the trace collector takes no spans"),
            None if self.failing => tracing::info!(sent, dropped, lost, "the trace collector takes spans again"),
            None => tracing::warn!(sent, dropped, lost, "more spans than the trace collector takes; some are dropped"),
        }
        (self.told_at, self.told, self.failing) = (Some(Instant::now()), gone, failure.is_some());
    }
}

/// Brings the counts into the metrics; called before they are shown.
pub(crate) fn publish() {
    let Some(tally) = RUNNING.get() else { return };
    let Counts { ended, sent, dropped, lost, .. } = tally.counts();
    for (name, value) in [("ended", ended), ("sent", sent), ("dropped", dropped), ("lost", lost)] {
        counter!("traces.spans", "outcome" => name).absolute(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_span_is_counted_once_whatever_becomes_of_it() {
        let tally = SpanCounters::new(3);
        let room: Vec<_> = (0..5).map(|_| tally.ended()).collect();
        assert_eq!(room, [true, true, true, false, false]);
        tally.exported(1, None);
        tally.exported(1, Some("refused"));
        assert!(tally.ended(), "there is room again");
        let counts = tally.close();
        assert_eq!(counts, Counts { ended: 6, sent: 1, dropped: 2, lost: 3, waiting: 0 });
        tally.exported(2, None);
        assert!(!tally.ended());
        let counts = tally.counts();
        assert_eq!(counts.sent + counts.dropped + counts.lost, counts.ended);
    }

    #[test]
    fn a_minute_of_failures_is_one_line() {
        let tally = SpanCounters::new(10);
        let told = |tally: &SpanCounters| tally.lock().told_at;
        tally.ended();
        tally.exported(1, Some("refused"));
        let first = told(&tally).expect("a line");
        for _ in 0..1000 {
            tally.ended();
            tally.exported(1, Some("refused"));
            tally.exported(0, None);
        }
        assert_eq!(told(&tally), Some(first));
    }
}
