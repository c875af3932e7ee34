//! The second gate: asked as soon as it is known whom a request is for.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use limiter_lib::{Action, Ask, CheckError, Decision, Key, Mode, Outage, Outcome, Policy, Source, Verdict};

use super::layer::{refused, undecided};
use super::per::{Per, Subject};
use super::running::EndpointLimits;
use super::said::Said;
use crate::endpoint::Mounted;
use crate::error::ApiError;

/// When to come back while nobody can decide; by then somebody has looked whether Redis is back.
const UNDECIDED_FOR: Duration = Duration::from_secs(1);

/// Asks whether a request may go on, now that it is known whom it is for. Extractors make one with [`Gate::of`], handlers
/// take one as an argument.
#[derive(Clone)]
pub struct Gate {
    request: HttpRequest,
    limits: Option<Arc<EndpointLimits>>,
}

/// Units that a request took, to be given back when it was no guess after all.
#[derive(Default)]
#[must_use = "give the units back, or drop this on purpose"]
pub struct Taken {
    /// What to give back, and to whom.
    units: Option<(Gate, Subject, Vec<Ask>)>,
    uses: Vec<Use>,
}

/// How far the budget of one policy is used up by a request and those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Use {
    /// Whom the policy counts.
    pub per: Per,
    /// Whole units that are gone and have not come back yet, with those of this request.
    pub used: u32,
    /// Whole units that are left.
    pub left: u32,
}

impl Gate {
    /// The gate of the endpoint that `request` is for.
    pub fn of(request: &HttpRequest) -> Self {
        Self { request: request.clone(), limits: Mounted::limits(request).cloned() }
    }

    /// Counts a service client that has shown its secret.
    ///
    /// # Errors
    /// 429 with the policies that refuse; 503 when nobody can decide and the policy lets nothing pass then.
    pub async fn client(&self, id: &str) -> Result<Taken, ApiError> {
        self.pass(Subject::Client, Key::client(id)).await
    }

    /// Counts a user whose token was checked.
    ///
    /// # Errors
    /// As [`Gate::client`].
    pub async fn user(&self, id: &str) -> Result<Taken, ApiError> {
        self.pass(Subject::User, Key::user(id)).await
    }

    /// Counts an account by its name in normal form, by itself and together with the address of the client. Ask before it
    /// is looked up: whether there is such an account must not change the answer.
    ///
    /// # Errors
    /// As [`Gate::client`].
    pub async fn account(&self, name: &str) -> Result<Taken, ApiError> {
        self.pass(Subject::Account, Key::part("account", name.as_bytes())).await
    }

    async fn pass(&self, subject: Subject, key: Key) -> Result<Taken, ApiError> {
        let Some(limits) = &self.limits else { return Ok(Taken::default()) };
        let group = limits.group(subject);
        if group.policies.is_empty() {
            return Ok(Taken::default());
        }
        let ask = |(policy, per): &(_, Per)| {
            let with_address = *per == Per::AccountAndAddress;
            let key = if with_address { key.and_key(limits.clients.key(&self.request)) } else { key };
            Ask::take(policy, key, 1)
        };
        let asks: Vec<Ask> = group.policies.iter().map(ask).collect();
        match limits.limiter.check_all(&asks).await {
            Ok(verdict) => {
                let used = |(decision, (_, per)): (&Decision, &(Policy, Per))| Use {
                    per: *per,
                    used: decision.policy.quota().burst().saturating_sub(decision.remaining),
                    left: decision.remaining,
                };
                let uses = verdict.decisions.iter().zip(&group.policies).map(used).collect();
                self.follow(subject, asks, verdict).map(|units| Taken { units, uses })
            }
            Err(error) => self.without_decision(&asks, error),
        }
    }

    fn follow(
        &self,
        subject: Subject,
        asks: Vec<Ask>,
        verdict: Verdict,
    ) -> Result<Option<(Self, Subject, Vec<Ask>)>, ApiError> {
        if verdict.violated().any(is_closed) {
            return Err(undecided().retry_after(UNDECIDED_FOR));
        }
        let refusal = verdict.retry_after().map(|after| {
            let names = verdict.violated().map(|decision| decision.policy.name());
            refused(names).retry_after(after)
        });
        let taken = asks.into_iter().zip(&verdict.decisions).filter(|(_, decision)| took(decision)).map(|(ask, _)| ask);
        let taken = taken.collect();
        Said::note(&self.request, subject, verdict.decisions.into_vec());
        match refusal {
            Some(error) => Err(error),
            None => Ok(Some((self.clone(), subject, taken))),
        }
    }

    /// A store that is guarded always answers, so this is for one that is not.
    fn without_decision(&self, asks: &[Ask], error: CheckError) -> Result<Taken, ApiError> {
        let closed = |ask: &Ask| ask.policy.get_outage() == Outage::Deny && ask.policy.get_mode() == Mode::Enforce;
        if asks.iter().any(closed) {
            return Err(undecided().retry_after(UNDECIDED_FOR).source(error));
        }
        tracing::debug!(%error, "no decision on a request; it passes");
        Ok(Taken::default())
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

impl Taken {
    /// How far the budgets were used up when this was taken. Nothing where nothing is counted.
    pub fn uses(&self) -> &[Use] {
        &self.uses
    }

    /// Gives the units back. A failure to do so is no reason to fail: they come back with time.
    pub async fn give_back(self) {
        let Some((gate, subject, asks)) = self.units else { return };
        let Some(limits) = &gate.limits else { return };
        let refund = |ask: Ask| Ask { action: Action::Refund(1), ..ask };
        let asks: Vec<Ask> = asks.into_iter().map(refund).collect();
        if asks.is_empty() {
            return;
        }
        match limits.limiter.check_all(&asks).await {
            Ok(verdict) => Said::note(&gate.request, subject, verdict.decisions.into_vec()),
            Err(error) => tracing::debug!(%error, "units stay taken"),
        }
    }
}

impl FromRequest for Gate {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request)))
    }
}
