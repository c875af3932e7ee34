//! The state machine: closed → open → half-open → ramp → closed, free of clocks, randomness and threads.
//!
//! Closing is no stricter than opening: the ramp tolerates any share of failures that would not open a closed breaker.
//! Latency is no criterion: an answer within its deadline is a success, however slow.

use std::time::Duration;

use super::settings::BreakerSettings;
use super::window::Window;

/// Failures in a row that end the half-open state. A single failure is normal for a service with a few percent of
/// errors.
const HALF_OPEN_FAILURES: u32 = 2;

/// State of a breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// All calls are allowed.
    Closed,
    /// No call is allowed.
    Open {
        /// End of the state, unless a probe ends it earlier.
        until: Duration,
    },
    /// One call at a time is allowed.
    HalfOpen,
    /// `limit` concurrent calls are allowed; each round with an acceptable share of failures doubles it.
    Ramp {
        /// Maximum concurrent calls, and outcomes in a round.
        limit: u32,
        /// Outcomes of this round.
        ended: u32,
        /// Failures among them.
        failed: u32,
    },
}

impl State {
    /// Name in logs, metrics and traces.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open { .. } => "open",
            Self::HalfOpen => "half_open",
            Self::Ramp { .. } => "ramp",
        }
    }
}

/// Result of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The service answered as expected; a rejection of bad input is such an answer.
    Success,
    /// No usable answer.
    Failure,
    /// The service asked this caller to retry later (`Retry-After`).
    RetryAfter {
        /// Requested pause, bounded by the caller.
        after: Duration,
        /// `true` when the service failed (503), `false` when it limits this caller (429).
        failed: bool,
    },
    /// The caller gave up before the deadline: nothing is known.
    Cancelled,
}

/// Reason for which a call was not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejection {
    /// The breaker is open, or as many calls are in flight as it allows while it recovers.
    Open,
    /// Too many calls in flight in this process. Says nothing about the service.
    Saturated,
}

/// Permission for one call, with the generation in which it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admission {
    generation: u64,
}

/// A change of state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition {
    /// Before.
    pub from: State,
    /// After.
    pub to: State,
    /// Reason of the change.
    pub reason: &'static str,
}

/// A breaker as a pure state machine. Times are measured from any fixed point and never go back.
#[derive(Debug, Clone)]
pub struct Machine {
    settings: BreakerSettings,
    state: State,
    /// Grows with each change of state, except within the ramp and to closed: outcomes of earlier calls are ignored.
    generation: u64,
    /// Calls in flight, of any generation: the bulkhead.
    in_flight: u32,
    /// Calls in flight that were admitted in this generation.
    admitted: u32,
    consecutive: u32,
    /// Answers in a row that asked to retry later without a failure of the service.
    deferrals: u32,
    window: Window,
    /// Doublings of the open time: failed recoveries, less those taken back by healthy time.
    attempt: u32,
    /// Start of the present state.
    since: Duration,
    /// Earliest time at which a successful probe ends the open state.
    probe_from: Duration,
    /// `true` while open only because the service asked for a pause: then also time alone ends it.
    paused: bool,
}

impl Machine {
    /// A closed breaker.
    pub fn new(settings: BreakerSettings) -> Self {
        Self {
            settings,
            state: State::Closed,
            generation: 0,
            in_flight: 0,
            admitted: 0,
            consecutive: 0,
            deferrals: 0,
            window: Window::default(),
            attempt: 0,
            since: Duration::ZERO,
            probe_from: Duration::ZERO,
            paused: false,
        }
    }

    /// Present state.
    pub fn state(&self) -> State {
        self.state
    }

    /// `true` while open only because the service asked its callers for a pause.
    pub fn is_paused(&self) -> bool {
        self.paused
    }

    /// Acquires permission for a call.
    ///
    /// # Errors
    /// When the call must not be made now.
    pub fn try_acquire(&mut self) -> Result<Admission, Rejection> {
        let limit = match self.state {
            State::Closed => u32::MAX,
            State::Open { .. } => 0,
            State::HalfOpen => 1,
            State::Ramp { limit, .. } => limit,
        };
        if self.admitted >= limit {
            return Err(Rejection::Open);
        }
        if self.in_flight >= self.settings.concurrency {
            return Err(Rejection::Saturated);
        }
        self.in_flight += 1;
        self.admitted += 1;
        Ok(Admission { generation: self.generation })
    }

    /// Records the outcome of an admitted call. An outcome of an earlier generation only frees its slot.
    pub fn record(&mut self, admission: Admission, outcome: Outcome, now: Duration) -> Option<Transition> {
        self.in_flight = self.in_flight.saturating_sub(1);
        if admission.generation != self.generation {
            return None;
        }
        self.admitted = self.admitted.saturating_sub(1);
        match outcome {
            Outcome::Cancelled => None,
            Outcome::Success => self.succeeded(now),
            Outcome::Failure => self.failed(Duration::ZERO, now),
            Outcome::RetryAfter { after, failed: true } => self.failed(after, now),
            Outcome::RetryAfter { after, failed: false } => self.deferred(after, now),
        }
    }

    /// Records the result of a probe of the open breaker. A good one also ends a pause that the service asked for.
    pub fn on_probe(&mut self, good: bool, now: Duration) -> Option<Transition> {
        match self.state {
            State::Open { .. } if good && now >= self.probe_from => {
                Some(self.enter(State::HalfOpen, "probe succeeded", now))
            }
            _ => None,
        }
    }

    /// Enters half-open once the open time has passed, for services that are not probed: the next caller's call serves
    /// as the probe.
    pub fn try_half_open(&mut self, now: Duration) -> Option<Transition> {
        match self.state {
            State::Open { until } if now >= until => Some(self.enter(State::HalfOpen, "its time is over", now)),
            _ => None,
        }
    }

    fn succeeded(&mut self, now: Duration) -> Option<Transition> {
        (self.consecutive, self.deferrals) = (0, 0);
        match self.state {
            State::Closed | State::Ramp { .. } => self.evaluate(false, now),
            State::HalfOpen => {
                let first_round = State::Ramp { limit: 2, ended: 0, failed: 0 };
                Some(self.enter(first_round, "first call succeeded", now))
            }
            State::Open { .. } => None,
        }
    }

    fn failed(&mut self, retry_after: Duration, now: Duration) -> Option<Transition> {
        self.consecutive += 1;
        let (threshold, reason) = match self.state {
            State::Closed | State::Ramp { .. } => (self.settings.consecutive_failures, "failures in a row"),
            State::HalfOpen => (HALF_OPEN_FAILURES, "failed while recovering"),
            State::Open { .. } => return None,
        };
        if self.consecutive >= threshold {
            return Some(self.open(reason, retry_after, now));
        }
        if self.state == State::HalfOpen { None } else { self.evaluate(true, now) }
    }

    /// A single such answer may be chance; several in a row mean that all callers are limited.
    fn deferred(&mut self, after: Duration, now: Duration) -> Option<Transition> {
        self.deferrals += 1;
        let sustained = self.state == State::HalfOpen || self.deferrals >= self.settings.consecutive_failures;
        if !sustained || matches!(self.state, State::Open { .. }) {
            return None;
        }
        self.probe_from = now;
        let transition = self.enter(State::Open { until: now + after }, "asked to come back later", now);
        self.paused = true;
        Some(transition)
    }

    /// Counts an outcome and evaluates the failure ratio, in the ramp as in the closed state.
    fn evaluate(&mut self, failed: bool, now: Duration) -> Option<Transition> {
        self.window.record(now, failed);
        let counts = self.window.counts(now);
        if counts.total >= self.settings.min_outcomes && self.exceeds_failure_ratio(counts.failed, counts.total) {
            return Some(self.open("share of failures", Duration::ZERO, now));
        }
        self.advance(failed, now)
    }

    fn exceeds_failure_ratio(&self, failed: u32, total: u32) -> bool {
        f64::from(failed) >= self.settings.failure_ratio * f64::from(total)
    }

    /// Ends a round of the ramp with its last outcome. A round with too many failures is repeated.
    fn advance(&mut self, failure: bool, now: Duration) -> Option<Transition> {
        let State::Ramp { limit, ended, failed } = self.state else { return None };
        let (ended, failed) = (ended + 1, failed + u32::from(failure));
        if ended < limit {
            self.state = State::Ramp { limit, ended, failed };
            return None;
        }
        if self.exceeds_failure_ratio(failed, ended) {
            self.state = State::Ramp { limit, ended: 0, failed: 0 };
            return None;
        }
        // Generation and window stay: calls in flight still belong to this recovery.
        if limit < self.settings.concurrency {
            self.state = State::Ramp { limit: limit.saturating_mul(2), ended: 0, failed: 0 };
            return None;
        }
        let from = std::mem::replace(&mut self.state, State::Closed);
        self.since = now;
        Some(Transition { from, to: State::Closed, reason: "calls succeed again" })
    }

    fn open(&mut self, reason: &'static str, retry_after: Duration, now: Duration) -> Transition {
        if self.state == State::Closed {
            self.decay(now);
        } else if self.backoff() < self.settings.max_open {
            self.attempt += 1; // not beyond the maximum, or recovered time would be owed for waits that never happened
        }
        let backoff = self.backoff();
        self.probe_from = now + backoff;
        self.enter(State::Open { until: now + backoff.max(retry_after) }, reason, now)
    }

    fn backoff(&self) -> Duration {
        let doubled = self.settings.open_for.saturating_mul(1 << self.attempt.min(16));
        doubled.min(self.settings.max_open)
    }

    fn enter(&mut self, to: State, reason: &'static str, now: Duration) -> Transition {
        let from = std::mem::replace(&mut self.state, to);
        self.generation += 1;
        self.admitted = 0;
        (self.consecutive, self.deferrals) = (0, 0);
        self.window.clear();
        self.since = now;
        self.paused = false;
        Transition { from, to, reason }
    }

    /// Takes doublings back in proportion to healthy time; a single success does not, so flapping does not restart from
    /// the shortest time.
    fn decay(&mut self, now: Duration) {
        let step = self.settings.decay_interval.as_millis().max(1);
        let steps = now.saturating_sub(self.since).as_millis() / step;
        self.attempt = self.attempt.saturating_sub(u32::try_from(steps).unwrap_or(u32::MAX));
    }
}
