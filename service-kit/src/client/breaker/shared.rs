//! A breaker shared by many tasks.
//!
//! The machine is behind a mutex that is held for tens of nanoseconds and never across an await: easier to prove right
//! than atomics, and far below the cost of the guarded call.

use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::FutureExt;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::super::failure::{CallError, FailureKind};
use super::machine::{Admission, Machine, Outcome, Rejection, State, Transition};
use super::metrics;
use super::settings::BreakerSettings;
use crate::base::clock::{Clock, SystemClock};
use crate::telemetry::STATE_TARGET;

/// Upper bound of the pause that a service can ask for, jitter included.
const MAX_PAUSE: Duration = Duration::from_secs(5);
/// Minimum delay after which a fired timer shows that this process was too busy (it must also exceed half of the
/// deadline): the service may well have answered.
const LATE_TIMER: Duration = Duration::from_millis(50);

/// A breaker for calls to one service. Clones share it.
#[derive(Clone)]
pub struct Breaker(Arc<Inner>);

struct Inner {
    name: Arc<str>,
    /// `true` when a caller's call may serve as the probe, because there is no other.
    unprobed: bool,
    start: Instant,
    machine: Mutex<Machine>,
    report: Mutex<BreakerReport>,
    opened: Notify,
    last_outcome_ms: AtomicU64,
}

/// Status of a breaker, for status pages.
#[derive(Debug, Clone)]
pub struct BreakerReport {
    /// Present state.
    pub state: State,
    /// Start of the state.
    pub since: DateTime<Utc>,
    /// Kind of the last failure.
    pub last_failure: Option<FailureKind>,
}

/// Failure of a guarded call.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BreakerError {
    /// The call was not made.
    #[error("not called")]
    Rejected(Rejection),
    /// The call was made and failed.
    #[error(transparent)]
    Called(#[from] CallError),
}

impl Breaker {
    /// A closed breaker for calls to the service `name`. Once open it stays so until a probe succeeds.
    pub fn new(name: impl Into<Arc<str>>, settings: BreakerSettings) -> Self {
        Self::build(name.into(), false, settings)
    }

    /// A closed breaker for calls to a service that is not probed, because a synthetic call to it makes no sense: after
    /// the open time it allows one real call.
    pub fn unprobed(name: impl Into<Arc<str>>, settings: BreakerSettings) -> Self {
        Self::build(name.into(), true, settings)
    }

    fn build(name: Arc<str>, unprobed: bool, settings: BreakerSettings) -> Self {
        metrics::set_state(&name, State::Closed.as_str());
        let report = BreakerReport { state: State::Closed, since: SystemClock.now(), last_failure: None };
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

    /// Present status.
    pub fn report(&self) -> BreakerReport {
        lock(&self.0.report).clone()
    }

    /// Present state.
    pub fn state(&self) -> State {
        lock(&self.0.machine).state()
    }

    /// Minimum time until it leaves the open state; zero when calls may be allowed.
    pub fn retry_after(&self) -> Duration {
        match self.state() {
            State::Open { until } => until.saturating_sub(self.now()).max(Duration::from_millis(500)),
            _ => Duration::ZERO,
        }
    }

    /// Makes one call if allowed, and records its outcome: also when it exceeds `deadline`, and when the returned
    /// future is dropped. A timeout caused by this process itself is [`FailureKind::LocalSaturation`] and is not
    /// counted.
    ///
    /// # Errors
    /// [`BreakerError::Rejected`] when the call was not made, otherwise the error of the call.
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
                // The answer may have arrived while this thread was busy: yield once so that it is read.
                tokio::task::yield_now().await;
                call.now_or_never().unwrap_or(Err(CallError::Failed(FailureKind::ResponseTimeout)))
            }
        };
        let result = result.map_err(|error| permit.attribute(error));
        permit.finish(result.as_ref().err());
        Ok(result?)
    }

    /// Acquires a permit for a call that must end within `deadline`.
    ///
    /// # Errors
    /// When the call must not be made now.
    pub fn acquire(&self, deadline: Duration) -> Result<Permit, Rejection> {
        let (transition, admission) = {
            let mut machine = lock(&self.0.machine);
            // A pause ends by itself; otherwise a probe ends the open state, where there is one.
            let by_time = self.0.unprobed || machine.is_paused();
            (if by_time { machine.try_half_open(self.now()) } else { None }, machine.try_acquire())
        };
        self.publish(transition);
        let admission = admission.inspect_err(|rejection| {
            let reason = if *rejection == Rejection::Open { "open" } else { "saturated" };
            metrics::record_rejection(&self.0.name, reason);
        })?;
        Ok(Permit { breaker: self.clone(), admission, started: Instant::now(), deadline, open: true })
    }

    /// Records the result of a probe.
    pub(super) fn on_probe(&self, outcome: Result<(), FailureKind>) {
        let good = outcome.is_ok();
        if let Err(kind) = outcome {
            lock(&self.0.report).last_failure = Some(kind);
        }
        let transition = lock(&self.0.machine).on_probe(good, self.now());
        self.publish(transition);
    }

    /// Waits for this long, or until the breaker opens.
    pub(super) async fn wait_for_opening(&self, timeout: Duration) {
        let _ = tokio::time::timeout(timeout, self.0.opened.notified()).await;
    }

    /// Time since the last call ended.
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

    /// Reports a change of state in status, metrics and log.
    fn publish(&self, transition: Option<Transition>) {
        let Some(Transition { from, to, reason }) = transition else { return };
        let last_failure = {
            let mut report = lock(&self.0.report);
            report.state = to;
            report.since = SystemClock.now();
            report.last_failure.map(FailureKind::as_str)
        };
        let (name, from) = (&*self.0.name, from.as_str());
        metrics::record_transition(&self.0.name, from, to.as_str());
        if let State::Open { .. } = to {
            tracing::warn!(target: STATE_TARGET, breaker = name, from, to = to.as_str(), reason, last_failure, "breaker changed");
            self.0.opened.notify_one();
        } else {
            tracing::info!(target: STATE_TARGET, breaker = name, from, to = to.as_str(), reason, "breaker changed");
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

/// Locks; a panic cannot leave these values half-changed, so poisoning is ignored.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Permission for one call. Dropped unfinished it counts as a failure when its deadline had passed, and as nothing when
/// the caller gave up early or this process was too busy to notice; either way its slot is freed.
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
    /// Records the outcome. A rejection by the service is a healthy answer.
    pub fn finish(mut self, error: Option<&CallError>) {
        self.open = false;
        let (outcome, kind) = match error {
            Some(CallError::Refused(_)) | None => (Outcome::Success, None),
            Some(CallError::RetryAfter { kind, after }) => {
                // Replicas that were paused together must not return together.
                let after = (*after).min(MAX_PAUSE.mul_f64(0.8)).mul_f64(1.0 + rand::random::<f64>() / 4.0);
                (Outcome::RetryAfter { after, failed: *kind != FailureKind::Throttled }, Some(*kind))
            }
            // A limit on this caller is no sign of failing health, nor is a saturated process.
            Some(CallError::Failed(kind @ (FailureKind::Throttled | FailureKind::LocalSaturation))) => {
                (Outcome::Cancelled, Some(*kind))
            }
            Some(CallError::Failed(kind)) => (Outcome::Failure, Some(*kind)),
        };
        self.breaker.record(self.admission, outcome, kind);
    }

    /// Attributes a timeout that fired much too late to this process.
    fn attribute(&self, error: CallError) -> CallError {
        match error {
            CallError::Failed(kind) if kind.is_timeout() && self.fired_late() => {
                CallError::Failed(FailureKind::LocalSaturation)
            }
            other => other,
        }
    }

    fn fired_late(&self) -> bool {
        self.started.elapsed() >= self.deadline + LATE_TIMER.max(self.deadline / 2)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if !self.open {
            return;
        }
        let in_time = self.started.elapsed() < self.deadline;
        let (outcome, kind) = if in_time || self.fired_late() {
            (Outcome::Cancelled, None)
        } else {
            (Outcome::Failure, Some(FailureKind::ResponseTimeout))
        };
        self.breaker.record(self.admission, outcome, kind);
    }
}
