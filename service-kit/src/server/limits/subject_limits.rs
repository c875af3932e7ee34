//! Limits by subject, checked as soon as the subject of a request is known.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use limiter_lib::{Action, CheckError, Decision, Decisions, Key, LimitRequest, Mode, Outage, Outcome, Policy, Source};

use super::endpoint_limits::EndpointLimits;
use super::layer::{refused, undecided};
use super::per::{Per, Subject};
use super::recorded_decisions::RecordedDecisions;
use crate::base::error::ApiError;

/// `Retry-After` while the limiter is unavailable; Redis is probed more often than that.
const UNDECIDED_RETRY_AFTER: Duration = Duration::from_secs(1);

/// Checks the limits of a request whose subject is known. Extractors create it with [`SubjectLimits::of`], handlers
/// take it as an argument.
#[derive(Clone)]
pub struct SubjectLimits {
    request: HttpRequest,
    limits: Option<Arc<EndpointLimits>>,
}

/// Units taken by a request, refunded when it was no guess.
#[derive(Default)]
#[must_use = "give the units back, or drop this on purpose"]
pub struct TakenUnits {
    /// Units to refund, with their subject.
    units: Option<Units>,
    uses: Vec<Usage>,
}

struct Units {
    limits: SubjectLimits,
    subject: Subject,
    requests: Vec<(LimitRequest, Per)>,
}

/// Usage of one policy's budget by a request and those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Kind of key that the policy counts by.
    pub per: Per,
    /// Whole units in use, including those of this request.
    pub used: u32,
    /// Whole units left.
    pub left: u32,
}

impl SubjectLimits {
    /// Limits of the endpoint of `request`.
    pub fn of(request: &HttpRequest) -> Self {
        Self { request: request.clone(), limits: EndpointLimits::matched(request).cloned() }
    }

    /// Counts an authenticated service client.
    ///
    /// # Errors
    /// 429 with the violated policies; 503 when the limiter is unavailable and the policy fails closed.
    pub async fn client(&self, id: &str) -> Result<TakenUnits, ApiError> {
        self.check(Subject::Client, Key::client(id)).await
    }

    /// Counts an authenticated user.
    ///
    /// # Errors
    /// As [`SubjectLimits::client`].
    pub async fn user(&self, id: &str) -> Result<TakenUnits, ApiError> {
        self.check(Subject::User, Key::user(id)).await
    }

    /// Counts an account by its normalized name, by itself and together with the address of the client. Call it before
    /// the account is looked up: the response must not reveal whether it exists.
    ///
    /// # Errors
    /// As [`SubjectLimits::client`].
    pub async fn account(&self, name: &str) -> Result<TakenUnits, ApiError> {
        self.check(Subject::Account, Key::part("account", name.as_bytes())).await
    }

    /// Counts a verified credential by its id.
    ///
    /// # Errors
    /// As [`SubjectLimits::client`].
    pub async fn credential(&self, id: &[u8]) -> Result<TakenUnits, ApiError> {
        self.check(Subject::Credential, Key::part("credential", id)).await
    }

    async fn check(&self, subject: Subject, key: Key) -> Result<TakenUnits, ApiError> {
        let Some(limits) = &self.limits else { return Ok(TakenUnits::default()) };
        let group = limits.group(subject);
        if group.policies.is_empty() {
            return Ok(TakenUnits::default());
        }
        let to_request = |(policy, per): &(_, Per)| {
            let address = || limits.clients.key(&self.request);
            let key = match per {
                Per::AccountAndAddress => key.and_key(address()),
                Per::AttemptAddress => address(),
                _ => key,
            };
            LimitRequest::take(policy, key, 1)
        };
        let requests: Vec<LimitRequest> = group.policies.iter().map(to_request).collect();
        match limits.limiter.check_all(&requests).await {
            Ok(decisions) => {
                let used = |(decision, (_, per)): (&Decision, &(Policy, Per))| Usage {
                    per: *per,
                    used: decision.policy.quota().burst().saturating_sub(decision.remaining),
                    left: decision.remaining,
                };
                let uses = decisions.decisions.iter().zip(&group.policies).map(used).collect();
                let pers = group.policies.iter().map(|(_, per)| *per);
                self.apply(subject, requests.into_iter().zip(pers), decisions).map(|units| TakenUnits { units, uses })
            }
            Err(error) => self.without_decision(&requests, error),
        }
    }

    fn apply(
        &self,
        subject: Subject,
        requests: impl Iterator<Item = (LimitRequest, Per)>,
        decisions: Decisions,
    ) -> Result<Option<Units>, ApiError> {
        if decisions.violated().any(is_closed) {
            return Err(undecided().retry_after(UNDECIDED_RETRY_AFTER));
        }
        let refusal = decisions.retry_after().map(|after| {
            let names = decisions.violated().map(|decision| decision.policy.name());
            refused(names).retry_after(after)
        });
        let taken =
            requests.zip(&decisions.decisions).filter(|(_, decision)| took_units(decision)).map(|(request, _)| request);
        let requests = taken.collect();
        RecordedDecisions::record(&self.request, subject, decisions.decisions.into_vec());
        match refusal {
            Some(error) => Err(error),
            None => Ok(Some(Units { limits: self.clone(), subject, requests })),
        }
    }

    /// Applies the outage mode of each policy. Guarded stores always decide, so only unguarded ones get here.
    fn without_decision(&self, requests: &[LimitRequest], error: CheckError) -> Result<TakenUnits, ApiError> {
        let closed = |request: &LimitRequest| {
            request.policy.get_outage() == Outage::Deny && request.policy.get_mode() == Mode::Enforce
        };
        if requests.iter().any(closed) {
            return Err(undecided().retry_after(UNDECIDED_RETRY_AFTER).source(error));
        }
        tracing::debug!(%error, "no decision on a request; it passes");
        Ok(TakenUnits::default())
    }
}

/// `true` for a denial caused only by an unavailable limiter.
fn is_closed(decision: &Decision) -> bool {
    decision.source == Source::Fallback && decision.policy.get_outage() == Outage::Deny
}

/// `true` when units were taken; a denial in shadow mode takes none.
fn took_units(decision: &Decision) -> bool {
    !matches!(decision.outcome, Outcome::Deny { .. })
}

impl TakenUnits {
    /// Usage of the budgets when the units were taken; empty where nothing is counted.
    pub fn uses(&self) -> &[Usage] {
        &self.uses
    }

    /// The same units as a reservation: refunded unless kept.
    pub fn reserved(self) -> Reservation {
        Reservation(self)
    }

    /// Refunds the units. Failures are ignored: units are restored with time.
    pub async fn refund(mut self) {
        if let Some(units) = self.units.take() {
            units.refund(|_| true).await;
        }
    }
}

impl Units {
    /// Refunds the units of the policies that count by `which`, and records what is left for the response headers.
    async fn refund(self, which: impl Fn(Per) -> bool) {
        let Some(limits) = &self.limits.limits else { return };
        let requests: Vec<LimitRequest> = self.refunds(which).collect();
        if requests.is_empty() {
            return;
        }
        match limits.limiter.check_all(&requests).await {
            Ok(decisions) => {
                RecordedDecisions::record(&self.limits.request, self.subject, decisions.decisions.into_vec())
            }
            Err(error) => tracing::debug!(%error, "units stay taken"),
        }
    }

    fn refunds(&self, which: impl Fn(Per) -> bool) -> impl Iterator<Item = LimitRequest> {
        let refunded = self.requests.iter().filter(move |(_, per)| which(*per));
        refunded.map(|(request, _)| LimitRequest { action: Action::Refund(1), ..request.clone() })
    }
}

/// Units that are refunded unless [kept](Reservation::keep): on every failure, and when the request is dropped because
/// its client has disconnected.
#[must_use = "units that are not kept are refunded"]
pub struct Reservation(TakenUnits);

impl Reservation {
    /// Usage of the budgets when the units were taken.
    pub fn uses(&self) -> &[Usage] {
        self.0.uses()
    }

    /// Keeps all units: the attempt is decided.
    pub fn keep(mut self) {
        self.0.units = None;
    }

    /// Refunds all units: nothing was attempted, or the service failed.
    pub async fn refund(mut self) {
        if let Some(units) = self.0.units.take() {
            units.refund(|_| true).await;
        }
    }

    /// Refunds the units that count guesses; those of the address stay taken for the work. For attempts that succeeded.
    pub async fn refund_guess(mut self) {
        if let Some(units) = self.0.units.take() {
            units.refund(|per| per != Per::AttemptAddress).await;
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let Some(units) = self.0.units.take() else { return };
        let Some(limiter) = units.limits.limits.as_ref().map(|limits| limits.limiter.clone()) else { return };
        let requests: Vec<LimitRequest> = units.refunds(|_| true).collect();
        // Handlers are dropped on a server thread; without a runtime, units are restored with time.
        if let (false, Ok(runtime)) = (requests.is_empty(), tokio::runtime::Handle::try_current()) {
            runtime.spawn(async move {
                if let Err(error) = limiter.check_all(&requests).await {
                    tracing::debug!(%error, "units stay taken");
                }
            });
        }
    }
}

impl FromRequest for SubjectLimits {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request)))
    }
}
