//! The state machine: closed → open → half-open → ramp → closed. No clock, no randomness, no threads in here.
//!
//! Closing is no stricter than opening: the ramp tolerates any share of failures that would not open a closed breaker.
//! Time is no criterion: an answer within its deadline is a success, however slow.

use std::time::Duration;

use super::settings::BreakerSettings;
use super::window::Window;

/// Failures in a row that end the half-open state. One alone is what a service with a few percent of errors shows.
const HALF_OPEN_FAILURES: u32 = 2;

/// Where a breaker stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Calls go through.
    Closed,
    /// No call goes through.
    Open {
        /// When it ends, unless a probe decides.
        until: Duration,
    },
    /// One call at a time goes through.
    HalfOpen,
    /// This many calls at a time go through; each round with an acceptable share of failures doubles it.
    Ramp {
        /// Calls at a time, and outcomes in a round.
        limit: u32,
        /// Outcomes of this round.
        ended: u32,
        /// Failures among them.
        failed: u32,
    },
}

impl State {
    /// The word for logs, metrics and traces.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open { .. } => "open",
            Self::HalfOpen => "half_open",
            Self::Ramp { .. } => "ramp",
        }
    }
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The service answered as it should; a refusal of bad input is such an answer.
    Success,
    /// There was no usable answer.
    Failure,
    /// The service asks this caller to come back later (`Retry-After`).
    RetryAfter {
        /// Requested pause, bounded by the caller.
        after: Duration,
        /// `true` when the service failed (503), `false` when it limits this caller (429).
        failed: bool,
    },
    /// The caller went away before its time was up: nothing is known.
    Cancelled,
}

/// Why a call was not let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejection {
    /// The breaker is open, or only lets a few through and they are under way.
    Open,
    /// Too many calls are under way here. Says nothing about the service.
    Saturated,
}

/// Leave to make one call; carries the generation in which it was given.
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
    /// Why.
    pub reason: &'static str,
}

/// A breaker without its surroundings. Times are measured from any fixed point and never go back.
#[derive(Debug, Clone)]
pub struct Machine {
    settings: BreakerSettings,
    state: State,
    /// Grows when the state is entered anew: outcomes of calls begun before say nothing about it.
    generation: u64,
    /// Calls under way, of any generation: the bulkhead.
    under_way: u32,
    /// Calls under way that were let through in this generation.
    admitted: u32,
    consecutive: u32,
    /// Answers in a row that asked to come back later without a failure of the service.
    deferrals: u32,
    window: Window,
    /// Doublings of the open time: recoveries that failed, less what healthy time took back.
    attempt: u32,
    /// Start of the present state.
    since: Duration,
    /// From here on a good probe ends the open state.
    probe_from: Duration,
    /// `true` while open only because the service asked for a pause: then time alone ends it.
    paused: bool,
}

impl Machine {
    /// A closed breaker.
    pub fn new(settings: BreakerSettings) -> Self {
        Self {
            settings,
            state: State::Closed,
            generation: 0,
            under_way: 0,
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

    /// Where it stands.
    pub fn state(&self) -> State {
        self.state
    }

    /// `true` while it is open only because the service asked its callers for a pause.
    pub fn is_paused(&self) -> bool {
        self.paused
    }

    /// Asks for leave to make a call.
    ///
    /// # Errors
    /// When the call must not be made now.
    pub fn try_acquire(&mut self) -> Result<Admission, Rejection> {
        let here = match self.state {
            State::Closed => u32::MAX,
            State::Open { .. } => 0,
            State::HalfOpen => 1,
            State::Ramp { limit, .. } => limit,
        };
        if self.admitted >= here {
            return Err(Rejection::Open);
        }
        if self.under_way >= self.settings.concurrency {
            return Err(Rejection::Saturated);
        }
        self.under_way += 1;
        self.admitted += 1;
        Ok(Admission { generation: self.generation })
    }

    /// Records how an admitted call ended. An outcome from an earlier generation gives its place back and changes
    /// nothing else.
    pub fn record(&mut self, admission: Admission, outcome: Outcome, now: Duration) -> Option<Transition> {
        self.under_way = self.under_way.saturating_sub(1);
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

    /// Records how a probe of the open breaker ended. A good one ends a pause that the service had asked for.
    pub fn on_probe(&mut self, good: bool, now: Duration) -> Option<Transition> {
        match self.state {
            State::Open { .. } if good && now >= self.probe_from => {
                Some(self.enter(State::HalfOpen, "probe succeeded", now))
            }
            _ => None,
        }
    }

    /// Lets one call through once the breaker has been open for long enough, for services that nobody probes: the first
    /// caller after that time finds out.
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
        let (most, reason) = match self.state {
            State::Closed | State::Ramp { .. } => (self.settings.consecutive_failures, "failures in a row"),
            State::HalfOpen => (HALF_OPEN_FAILURES, "failed while recovering"),
            State::Open { .. } => return None,
        };
        if self.consecutive >= most {
            return Some(self.open(reason, retry_after, now));
        }
        if self.state == State::HalfOpen { None } else { self.evaluate(true, now) }
    }

    /// One such answer among good ones is bad luck; several in a row mean all callers here.
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

    /// Counts an outcome and looks at the share of failures, in the ramp as in the closed state.
    fn evaluate(&mut self, failed: bool, now: Duration) -> Option<Transition> {
        self.window.record(now, failed);
        let counts = self.window.counts(now);
        if counts.total >= self.settings.least_outcomes && self.is_too_much(counts.failed, counts.total) {
            return Some(self.open("share of failures", Duration::ZERO, now));
        }
        self.advance(failed, now)
    }

    fn is_too_much(&self, failed: u32, total: u32) -> bool {
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
        if self.is_too_much(failed, ended) {
            self.state = State::Ramp { limit, ended: 0, failed: 0 };
            return None;
        }
        // The same generation and window go on: calls under way still tell about this recovery.
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
        } else if self.backoff() < self.settings.open_at_most {
            self.attempt += 1; // no further: what is never waited for need not be forgiven either
        }
        let backoff = self.backoff();
        self.probe_from = now + backoff;
        self.enter(State::Open { until: now + backoff.max(retry_after) }, reason, now)
    }

    fn backoff(&self) -> Duration {
        let doubled = self.settings.open_for.saturating_mul(1 << self.attempt.min(16));
        doubled.min(self.settings.open_at_most)
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

    /// Healthy time takes doublings back, in proportion; a single success does not, so flapping does not start from the
    /// bottom.
    fn decay(&mut self, now: Duration) {
        let step = self.settings.forgive_after.as_millis().max(1);
        let steps = now.saturating_sub(self.since).as_millis() / step;
        self.attempt = self.attempt.saturating_sub(u32::try_from(steps).unwrap_or(u32::MAX));
    }
}
