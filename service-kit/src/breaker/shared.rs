//! One breaker between many tasks.
//!
//! The machine sits behind a mutex that is held for tens of nanoseconds and never across an await; that is simpler to
//! be sure of than atomics, and far below the cost of the call it guards.

use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::FutureExt;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::machine::{Admission, Machine, Outcome, Rejection, State, Transition};
use super::settings::BreakerSettings;
use crate::client::{CallError, FailureKind};
use crate::metrics;

/// Upper bound of the pause that a service can ask for, with the jitter.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// A timer that fires later than this after its time, or than half of that time, shows that this process had no time for
/// it: the service may well have answered.
const LATE: Duration = Duration::from_millis(50);

/// Changes of state show on the span of the request that brought them about, however mild they are.
pub(crate) const LOG_TARGET: &str = module_path!();

/// A breaker for calls to one service. Clones share it.
#[derive(Clone)]
pub struct Breaker(Arc<Inner>);

struct Inner {
    name: Arc<str>,
    /// Whether a caller may find out that the service is back, because no probe does.
    unprobed: bool,
    start: Instant,
    machine: Mutex<Machine>,
    report: Mutex<BreakerReport>,
    opened: Notify,
    last_outcome_ms: AtomicU64,
}

/// How a breaker is doing, for status pages.
#[derive(Debug, Clone)]
pub struct BreakerReport {
    /// Where it stands.
    pub state: State,
    /// Since when.
    pub since: DateTime<Utc>,
    /// What went wrong last.
    pub last_failure: Option<FailureKind>,
}

/// How a guarded call ended when not with a success.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BreakerError {
    /// It was not made.
    #[error("not called")]
    Rejected(Rejection),
    /// It was made.
    #[error(transparent)]
    Called(#[from] CallError),
}

impl Breaker {
    /// A closed breaker for calls to the service `name`. Once open it stays so until a probe leads on.
    pub fn new(name: impl Into<Arc<str>>, settings: BreakerSettings) -> Self {
        Self::build(name.into(), false, settings)
    }

    /// A closed breaker for calls to a service that nothing probes, because a made-up call to it makes no sense: once its
    /// time is over, it lets one real call through.
    pub fn unprobed(name: impl Into<Arc<str>>, settings: BreakerSettings) -> Self {
        Self::build(name.into(), true, settings)
    }

    fn build(name: Arc<str>, unprobed: bool, settings: BreakerSettings) -> Self {
        metrics::set_breaker_state(&name, State::Closed.as_str());
        let report = BreakerReport { state: State::Closed, since: Utc::now(), last_failure: None };
        Self(Arc::new(Inner {
            name,
            unprobed,
            start: Instant::now(),
            machine: Mutex::new(Machine::new(settings)),
            report: Mutex::new(report),
            opened: Notify::new(),
            last_outcome_ms: AtomicU64::new(0),
        }))
    }

    /// How it is doing.
    pub fn report(&self) -> BreakerReport {
        lock(&self.0.report).clone()
    }

    /// Where it stands.
    pub fn state(&self) -> State {
        lock(&self.0.machine).state()
    }

    /// How long it will stay open at least; zero when calls may go through.
    pub fn retry_after(&self) -> Duration {
        match self.state() {
            State::Open { until } => until.saturating_sub(self.now()).max(Duration::from_millis(500)),
            _ => Duration::ZERO,
        }
    }

    /// Makes one call, if it may be made, and counts how it ends: also when it outlives `deadline`, and also when the
    /// returned future is dropped. A time-out that is this process's own fault is [`FailureKind::LocalSaturation`] and
    /// counts as nothing.
    ///
    /// # Errors
    /// [`BreakerError::Rejected`] when the call was not made, else what the call says.
    pub async fn call<T>(
        &self,
        deadline: Duration,
        call: impl Future<Output = Result<T, CallError>>,
    ) -> Result<T, BreakerError> {
        let permit = self.acquire(deadline).map_err(BreakerError::Rejected)?;
        let mut call = std::pin::pin!(call);
        let result = match tokio::time::timeout(deadline, &mut call).await {
            Ok(result) => result,
            Err(_) => {
                // The answer may have arrived while this thread was busy: one turn of the runtime to read it.
                tokio::task::yield_now().await;
                call.now_or_never().unwrap_or(Err(CallError::Failed(FailureKind::ResponseTimeout)))
            }
        };
        let result = result.map_err(|error| permit.excuse(error));
        permit.finish(result.as_ref().err());
        Ok(result?)
    }

    /// Asks for leave to make a call that has `deadline` to end.
    ///
    /// # Errors
    /// When the call must not be made now.
    pub fn acquire(&self, deadline: Duration) -> Result<Permit, Rejection> {
        let (transition, admission) = {
            let mut machine = lock(&self.0.machine);
            // A pause ends by itself; everything else is for the probe to end, where there is one.
            let due = self.0.unprobed || machine.is_paused();
            (if due { machine.try_half_open(self.now()) } else { None }, machine.try_acquire())
        };
        self.publish(transition);
        let admission = admission.inspect_err(|rejection| {
            let reason = if *rejection == Rejection::Open { "open" } else { "saturated" };
            metrics::record_breaker_rejection(&self.0.name, reason);
        })?;
        Ok(Permit { breaker: self.clone(), admission, started: Instant::now(), deadline, open: true })
    }

    /// Tells how a probe ended.
    pub(super) fn on_probe(&self, outcome: Result<(), FailureKind>) {
        let good = outcome.is_ok();
        if let Err(kind) = outcome {
            lock(&self.0.report).last_failure = Some(kind);
        }
        let transition = lock(&self.0.machine).on_probe(good, self.now());
        self.publish(transition);
    }

    /// Waits this long, or until the breaker opens.
    pub(super) async fn wait_for_opening(&self, at_most: Duration) {
        let _ = tokio::time::timeout(at_most, self.0.opened.notified()).await;
    }

    /// How long ago the last call ended.
    pub(super) fn idle_for(&self) -> Duration {
        self.now().saturating_sub(Duration::from_millis(self.0.last_outcome_ms.load(Ordering::Relaxed)))
    }

    fn record(&self, admission: Admission, outcome: Outcome, kind: Option<FailureKind>) {
        if kind.is_some() {
            lock(&self.0.report).last_failure = kind;
        }
        let now = self.now();
        self.0.last_outcome_ms.store(now.as_millis() as u64, Ordering::Relaxed);
        let transition = lock(&self.0.machine).record(admission, outcome, now);
        self.publish(transition);
    }

    /// A change of state is an event that somebody will look for later.
    fn publish(&self, transition: Option<Transition>) {
        let Some(Transition { from, to, reason }) = transition else { return };
        let last_failure = {
            let mut report = lock(&self.0.report);
            report.state = to;
            report.since = Utc::now();
            report.last_failure.map(FailureKind::as_str)
        };
        let (name, from) = (&*self.0.name, from.as_str());
        metrics::record_breaker_transition(&self.0.name, from, to.as_str());
        if let State::Open { .. } = to {
            tracing::warn!(breaker = name, from, to = to.as_str(), reason, last_failure, "breaker changed");
            self.0.opened.notify_one();
        } else {
            tracing::info!(breaker = name, from, to = to.as_str(), reason, "breaker changed");
        }
    }

    fn now(&self) -> Duration {
        self.0.start.elapsed()
    }
}

impl fmt::Debug for Breaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Breaker").field("name", &self.0.name).field("state", &self.state()).finish()
    }
}

/// Nothing behind these locks can be left half-changed by a panic, so a poisoned one is used on.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Leave to make one call. Dropped unfinished it counts as a failure when its time was up, and as nothing when the
/// caller just went away or this process was too busy to look in time; either way its place is given back.
#[derive(Debug)]
#[must_use]
pub struct Permit {
    breaker: Breaker,
    admission: Admission,
    started: Instant,
    deadline: Duration,
    open: bool,
}

impl Permit {
    /// Tells how the call ended. A refusal is a healthy answer.
    pub fn finish(mut self, error: Option<&CallError>) {
        self.open = false;
        let (outcome, kind) = match error {
            Some(CallError::Refused(_)) | None => (Outcome::Success, None),
            Some(CallError::RetryAfter { kind, after }) => {
                // Replicas that were sent away together shall not come back together.
                let after = (*after).min(LONGEST_PAUSE.mul_f64(0.8)).mul_f64(1.0 + rand::random::<f64>() / 4.0);
                (Outcome::RetryAfter { after, failed: *kind != FailureKind::Throttled }, Some(*kind))
            }
            // A limit set on this caller is no sign of failing health, nor is a lack of our own time.
            Some(CallError::Failed(kind @ (FailureKind::Throttled | FailureKind::LocalSaturation))) => {
                (Outcome::Cancelled, Some(*kind))
            }
            Some(CallError::Failed(kind)) => (Outcome::Failure, Some(*kind)),
        };
        self.breaker.record(self.admission, outcome, kind);
    }

    /// Takes the blame for a time-out that came long after its time.
    fn excuse(&self, error: CallError) -> CallError {
        match error {
            CallError::Failed(kind) if kind.is_timeout() && self.is_late() => {
                CallError::Failed(FailureKind::LocalSaturation)
            }
            other => other,
        }
    }

    fn is_late(&self) -> bool {
        self.started.elapsed() >= self.deadline + LATE.max(self.deadline / 2)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if !self.open {
            return;
        }
        let in_time = self.started.elapsed() < self.deadline;
        let (outcome, kind) = if in_time || self.is_late() {
            (Outcome::Cancelled, None)
        } else {
            (Outcome::Failure, Some(FailureKind::ResponseTimeout))
        };
        self.breaker.record(self.admission, outcome, kind);
    }
}
