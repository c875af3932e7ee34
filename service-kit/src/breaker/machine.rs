//! The state machine: closed → open → half-open → ramp → closed. No clock, no randomness, no threads in here.

use std::time::Duration;

use super::settings::BreakerSettings;
use super::window::Window;

/// Where a breaker stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Calls go through.
    Closed,
    /// No call goes through. A good probe after `until` leads on.
    Open {
        /// Not before this time.
        until: Duration,
    },
    /// One call at a time goes through.
    HalfOpen,
    /// This many calls at a time go through; each full round of successes doubles it.
    Ramp {
        /// Calls at a time.
        limit: u32,
        /// Successes of this round.
        ok: u32,
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
    Success {
        /// Time it took.
        took: Duration,
    },
    /// There was no usable answer.
    Failure {
        /// Time it took.
        took: Duration,
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
    /// Grows with each transition: outcomes of calls begun before it say nothing about the state after it.
    generation: u64,
    /// Calls under way, of any generation: the bulkhead.
    under_way: u32,
    /// Calls under way that were let through in this generation.
    admitted: u32,
    consecutive: u32,
    window: Window,
    /// How often it had to open again without sustained health in between.
    attempt: u32,
    /// Since when the present state holds, or the last forgiveness.
    since: Duration,
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
            window: Window::default(),
            attempt: 0,
            since: Duration::ZERO,
        }
    }

    /// Where it stands.
    pub fn state(&self) -> State {
        self.state
    }

    /// Asks for leave to make a call.
    ///
    /// # Errors
    /// When the call must not be made now.
    pub fn admit(&mut self) -> Result<Admission, Rejection> {
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

    /// Tells how an admitted call ended. An outcome from an earlier generation gives its place back and changes
    /// nothing else.
    pub fn record(&mut self, admission: Admission, outcome: Outcome, now: Duration) -> Option<Transition> {
        self.under_way = self.under_way.saturating_sub(1);
        if admission.generation != self.generation {
            return None;
        }
        self.admitted = self.admitted.saturating_sub(1);
        match outcome {
            Outcome::Cancelled => None,
            Outcome::Success { took } => self.succeeded(took, now),
            Outcome::Failure { took } => self.failed(took, now),
        }
    }

    /// Tells how a probe of the open breaker ended.
    pub fn probed(&mut self, good: bool, now: Duration) -> Option<Transition> {
        match self.state {
            State::Open { until } if good && now >= until => Some(self.enter(State::HalfOpen, "probe succeeded", now)),
            _ => None,
        }
    }

    /// Lets one call through once the breaker has been open for long enough, for services that nobody probes: the first
    /// caller after that time finds out.
    pub fn due(&mut self, now: Duration) -> Option<Transition> {
        match self.state {
            State::Open { until } if now >= until => Some(self.enter(State::HalfOpen, "its time is over", now)),
            _ => None,
        }
    }

    fn succeeded(&mut self, took: Duration, now: Duration) -> Option<Transition> {
        match self.state {
            State::Closed => {
                self.consecutive = 0;
                self.forgive(now);
                self.judge(false, took, now)
            }
            State::HalfOpen => Some(self.enter(State::Ramp { limit: 2, ok: 0 }, "first call succeeded", now)),
            State::Ramp { limit, ok } if ok + 1 < limit => {
                self.state = State::Ramp { limit, ok: ok + 1 };
                None
            }
            State::Ramp { limit, .. } if limit < self.settings.concurrency => {
                // The same generation goes on: calls under way still tell about this recovery.
                self.state = State::Ramp { limit: limit.saturating_mul(2), ok: 0 };
                None
            }
            State::Ramp { .. } => Some(self.enter(State::Closed, "calls succeed again", now)),
            State::Open { .. } => None,
        }
    }

    fn failed(&mut self, took: Duration, now: Duration) -> Option<Transition> {
        match self.state {
            State::Closed => {
                self.consecutive += 1;
                if self.consecutive >= self.settings.consecutive_failures {
                    return Some(self.open("failures in a row", now));
                }
                self.judge(true, took, now)
            }
            State::HalfOpen | State::Ramp { .. } => {
                self.attempt = self.attempt.saturating_add(1);
                Some(self.open("failed while recovering", now))
            }
            State::Open { .. } => None,
        }
    }

    /// Looks at the shares of the window.
    fn judge(&mut self, failed: bool, took: Duration, now: Duration) -> Option<Transition> {
        self.window.record(now, failed, took >= self.settings.slow_after);
        let counts = self.window.counts(now);
        if counts.total < self.settings.least_outcomes {
            return None;
        }
        let share = |part: u32| f64::from(part) / f64::from(counts.total);
        if share(counts.failed) >= self.settings.failure_ratio {
            Some(self.open("share of failures", now))
        } else if share(counts.slow) >= self.settings.slow_ratio {
            Some(self.open("share of slow calls", now))
        } else {
            None
        }
    }

    fn open(&mut self, reason: &'static str, now: Duration) -> Transition {
        let doubled = self.settings.open_for.saturating_mul(1 << self.attempt.min(16));
        let until = now + doubled.min(self.settings.open_at_most);
        self.enter(State::Open { until }, reason, now)
    }

    fn enter(&mut self, to: State, reason: &'static str, now: Duration) -> Transition {
        let from = std::mem::replace(&mut self.state, to);
        self.generation += 1;
        self.admitted = 0;
        self.consecutive = 0;
        self.window.clear();
        self.since = now;
        Transition { from, to, reason }
    }

    /// Sustained health takes one doubling back, not a single success: flapping does not start from the bottom.
    fn forgive(&mut self, now: Duration) {
        if self.attempt > 0 && now.saturating_sub(self.since) >= self.settings.forgive_after {
            self.attempt -= 1;
            self.since = now;
        }
    }
}
