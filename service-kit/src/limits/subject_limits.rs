//! The second gate: asked as soon as it is known whom a request is for.

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
use crate::endpoint::Mounted;
use crate::error::ApiError;

/// When to come back while nobody can decide; by then somebody has looked whether Redis is back.
const UNDECIDED_FOR: Duration = Duration::from_secs(1);

/// Asks whether a request may go on, now that it is known whom it is for. Extractors make one with [`SubjectLimits::of`], handlers
/// take one as an argument.
#[derive(Clone)]
pub struct SubjectLimits {
    request: HttpRequest,
    limits: Option<Arc<EndpointLimits>>,
}

/// Units that a request took, to be given back when it was no guess after all.
#[derive(Default)]
#[must_use = "give the units back, or drop this on purpose"]
pub struct TakenUnits {
    /// What to give back, and to whom.
    units: Option<Units>,
    uses: Vec<Usage>,
}

struct Units {
    gate: SubjectLimits,
    subject: Subject,
    asks: Vec<(LimitRequest, Per)>,
}

/// How far the budget of one policy is used up by a request and those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Whom the policy counts.
    pub per: Per,
    /// Whole units that are gone and have not come back yet, with those of this request.
    pub used: u32,
    /// Whole units that are left.
    pub left: u32,
}

impl SubjectLimits {
    /// The gate of the endpoint that `request` is for.
    pub fn of(request: &HttpRequest) -> Self {
        Self { request: request.clone(), limits: Mounted::limits(request).cloned() }
    }

    /// Counts a service client that has shown its secret.
    ///
    /// # Errors
    /// 429 with the policies that refuse; 503 when nobody can decide and the policy lets nothing pass then.
    pub async fn client(&self, id: &str) -> Result<TakenUnits, ApiError> {
        self.pass(Subject::Client, Key::client(id)).await
    }

    /// Counts a user whose token was checked.
    ///
    /// # Errors
    /// As [`SubjectLimits::client`].
    pub async fn user(&self, id: &str) -> Result<TakenUnits, ApiError> {
        self.pass(Subject::User, Key::user(id)).await
    }

    /// Counts an account by its name in normal form, by itself and together with the address of the client. Ask before it
    /// is looked up: whether there is such an account must not change the answer.
    ///
    /// # Errors
    /// As [`SubjectLimits::client`].
    pub async fn account(&self, name: &str) -> Result<TakenUnits, ApiError> {
        self.pass(Subject::Account, Key::part("account", name.as_bytes())).await
    }

    /// Counts a credential that was verified, by an id that identifies it.
    ///
    /// # Errors
    /// As [`SubjectLimits::client`].
    pub async fn credential(&self, id: &[u8]) -> Result<TakenUnits, ApiError> {
        self.pass(Subject::Credential, Key::part("credential", id)).await
    }

    async fn pass(&self, subject: Subject, key: Key) -> Result<TakenUnits, ApiError> {
        let Some(limits) = &self.limits else { return Ok(TakenUnits::default()) };
        let group = limits.group(subject);
        if group.policies.is_empty() {
            return Ok(TakenUnits::default());
        }
        let ask = |(policy, per): &(_, Per)| {
            let address = || limits.clients.key(&self.request);
            let key = match per {
                Per::AccountAndAddress => key.and_key(address()),
                Per::AttemptAddress => address(),
                _ => key,
            };
            LimitRequest::take(policy, key, 1)
        };
        let asks: Vec<LimitRequest> = group.policies.iter().map(ask).collect();
        match limits.limiter.check_all(&asks).await {
            Ok(verdict) => {
                let used = |(decision, (_, per)): (&Decision, &(Policy, Per))| Usage {
                    per: *per,
                    used: decision.policy.quota().burst().saturating_sub(decision.remaining),
                    left: decision.remaining,
                };
                let uses = verdict.decisions.iter().zip(&group.policies).map(used).collect();
                let pers = group.policies.iter().map(|(_, per)| *per);
                self.follow(subject, asks.into_iter().zip(pers), verdict).map(|units| TakenUnits { units, uses })
            }
            Err(error) => self.without_decision(&asks, error),
        }
    }

    fn follow(
        &self,
        subject: Subject,
        asks: impl Iterator<Item = (LimitRequest, Per)>,
        verdict: Decisions,
    ) -> Result<Option<Units>, ApiError> {
        if verdict.violated().any(is_closed) {
            return Err(undecided().retry_after(UNDECIDED_FOR));
        }
        let refusal = verdict.retry_after().map(|after| {
            let names = verdict.violated().map(|decision| decision.policy.name());
            refused(names).retry_after(after)
        });
        let taken = asks.zip(&verdict.decisions).filter(|(_, decision)| took(decision)).map(|(ask, _)| ask);
        let asks = taken.collect();
        RecordedDecisions::record(&self.request, subject, verdict.decisions.into_vec());
        match refusal {
            Some(error) => Err(error),
            None => Ok(Some(Units { gate: self.clone(), subject, asks })),
        }
    }

    /// A store that is guarded always answers, so this is for one that is not.
    fn without_decision(&self, asks: &[LimitRequest], error: CheckError) -> Result<TakenUnits, ApiError> {
        let closed =
            |ask: &LimitRequest| ask.policy.get_outage() == Outage::Deny && ask.policy.get_mode() == Mode::Enforce;
        if asks.iter().any(closed) {
            return Err(undecided().retry_after(UNDECIDED_FOR).source(error));
        }
        tracing::debug!(%error, "no decision on a request; it passes");
        Ok(TakenUnits::default())
    }
}

/// A refusal that only says that nobody can decide.
fn is_closed(decision: &Decision) -> bool {
    decision.source == Source::Fallback && decision.policy.get_outage() == Outage::Deny
}

/// A limit in shadow that would have refused took nothing.
fn took(decision: &Decision) -> bool {
    !matches!(decision.outcome, Outcome::Deny { .. })
}

impl TakenUnits {
    /// How far the budgets were used up when this was taken. Nothing where nothing is counted.
    pub fn uses(&self) -> &[Usage] {
        &self.uses
    }

    /// The same units as a reservation: they come back unless they are kept.
    pub fn reserved(self) -> Reservation {
        Reservation(self)
    }

    /// Gives the units back. A failure to do so is no reason to fail: they come back with time.
    pub async fn refund(mut self) {
        if let Some(units) = self.units.take() {
            units.refund(|_| true).await;
        }
    }
}

impl Units {
    /// Refunds the units of the policies that count `which`, and notes what is left for the headers of the answer.
    async fn refund(self, which: impl Fn(Per) -> bool) {
        let Some(limits) = &self.gate.limits else { return };
        let asks: Vec<LimitRequest> = self.refunds(which).collect();
        if asks.is_empty() {
            return;
        }
        match limits.limiter.check_all(&asks).await {
            Ok(verdict) => RecordedDecisions::record(&self.gate.request, self.subject, verdict.decisions.into_vec()),
            Err(error) => tracing::debug!(%error, "units stay taken"),
        }
    }

    fn refunds(&self, which: impl Fn(Per) -> bool) -> impl Iterator<Item = LimitRequest> {
        let asked = self.asks.iter().filter(move |(_, per)| which(*per));
        asked.map(|(ask, _)| LimitRequest { action: Action::Refund(1), ..ask.clone() })
    }
}

/// Units that are refunded unless the attempt that took them is decided: on every failure, and when the request is dropped
/// half-way because its client has gone.
#[must_use = "units that nobody keeps are refunded"]
pub struct Reservation(TakenUnits);

impl Reservation {
    /// How far the budgets were used up when this was taken.
    pub fn uses(&self) -> &[Usage] {
        self.0.uses()
    }

    /// The attempt is decided: all units stay taken.
    pub fn keep(mut self) {
        self.0.units = None;
    }

    /// Nothing was attempted, or what was attempted failed for reasons of the service: all units are refunded.
    pub async fn refund(mut self) {
        if let Some(units) = self.0.units.take() {
            units.refund(|_| true).await;
        }
    }

    /// The attempt succeeded: units that count guesses are refunded, those of the address stay taken for the work.
    pub async fn refund_guess(mut self) {
        if let Some(units) = self.0.units.take() {
            units.refund(|per| per != Per::AttemptAddress).await;
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let Some(units) = self.0.units.take() else { return };
        let Some(limiter) = units.gate.limits.as_ref().map(|limits| limits.limiter.clone()) else { return };
        let asks: Vec<LimitRequest> = units.refunds(|_| true).collect();
        // A handler is dropped on a thread of the server; outside of a runtime the units come back with time.
        if let (false, Ok(runtime)) = (asks.is_empty(), tokio::runtime::Handle::try_current()) {
            runtime.spawn(async move {
                if let Err(error) = limiter.check_all(&asks).await {
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
