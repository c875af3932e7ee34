//! Whether one request may pass.

use std::{rc::Rc, time::Duration};

use actix_web::{HttpResponse, dev::ServiceRequest, http::Method, http::header};
use smallvec::SmallVec;

use super::{
    builder::{Limit, RateLimit},
    refusal::{Reason, Refusal},
};
use crate::{
    actix::{
        headers::{HeaderFields, retry_after},
        key_by::{Reading, Subject},
        status::Admitted,
    },
    decision::{Decision, Source, Verdict},
    limiter::CheckError,
    policy::{Mode, Outage, Policy},
    store::Ask,
};

/// When to come back while nobody can decide: by then a breaker has tried the store again.
const OUTAGE_WAIT: Duration = Duration::from_secs(1);

/// A layer with what can be made ready before the first request.
pub(super) struct Layer {
    pub(super) settings: RateLimit,
    pub(super) fields: HeaderFields,
    reading: Reading,
}

/// What becomes of a request.
pub(super) enum Admission {
    /// No limit was asked, or none could be and all let it pass.
    Free,
    /// All limits let it pass.
    Admitted(Rc<Admitted>),
    /// It may not pass.
    Refused(HttpResponse),
}

type Asks = SmallVec<[Ask; 2]>;

impl Layer {
    pub(super) fn new(settings: RateLimit) -> Self {
        let fields = HeaderFields::new(settings.profile, settings.limits.iter().map(|limit| &limit.policy));
        let reading = settings.limits.iter().map(|limit| limit.key.reading()).fold(Reading::default(), Reading::with);
        Self { settings, fields, reading }
    }

    pub(super) async fn admit(&self, request: &mut ServiceRequest) -> Admission {
        let settings = &self.settings;
        if self.is_exempt(request) {
            return Admission::Free;
        }
        let address = settings.clients.of(request);
        if address.is_some_and(|address| settings.allowed.contains(address)) {
            return Admission::Free;
        }
        let body = self.reading.read(request, settings.body_limit).await;
        let subject = Subject { request, clients: &settings.clients, address, body: &body };
        let mut asks = Asks::new();
        for limit in &settings.limits {
            let Some(key) = limit.key.key(&subject) else { continue };
            match limit.cost(request) {
                Some(cost) => asks.push(Ask::take(&limit.policy, key, cost)),
                None => return self.refuse(request, Reason::CostAboveBurst, &[&limit.policy], None, &[]),
            }
        }
        if asks.is_empty() {
            return Admission::Free;
        }
        match settings.limiter.check_all(&asks).await {
            Ok(verdict) if verdict.is_allowed() => self.let_pass(request, asks, verdict).await,
            Ok(verdict) if verdict.violated().any(is_undecided) => {
                let closed = verdict.violated().filter(|decision| is_undecided(decision));
                let policies: SmallVec<[&Policy; 2]> = closed.map(|decision| &decision.policy).collect();
                self.refuse(request, Reason::Undecided, &policies, Some(OUTAGE_WAIT), &[])
            }
            Ok(verdict) => {
                let policies: SmallVec<[&Policy; 2]> = verdict.violated().map(|decision| &decision.policy).collect();
                self.refuse(request, Reason::QuotaExceeded, &policies, verdict.retry_after(), &verdict.decisions)
            }
            Err(error) => self.without_decision(request, &asks, &error),
        }
    }

    fn is_exempt(&self, request: &ServiceRequest) -> bool {
        let settings = &self.settings;
        (!settings.count_options && request.method() == Method::OPTIONS)
            || settings.exempt_paths.iter().any(|path| path == request.path())
    }

    /// Waits where a queue says so, if there is a place to wait.
    async fn let_pass(&self, request: &ServiceRequest, asks: Asks, verdict: Verdict) -> Admission {
        let delay = verdict.delay();
        let admitted = Admitted::new(self.settings.limiter.clone(), asks, verdict);
        if !delay.is_zero() {
            let Ok(_place) = self.settings.places.try_acquire() else {
                return self.turn_away(request, &admitted, delay).await;
            };
            tokio::time::sleep(delay).await;
        }
        admitted.show(request);
        Admission::Admitted(admitted)
    }

    /// Refuses a request that has taken its units but cannot wait.
    async fn turn_away(&self, request: &ServiceRequest, admitted: &Admitted, delay: Duration) -> Admission {
        if let Err(error) = admitted.refund().await {
            tracing::debug!(%error, "units of a request that was turned away stay taken");
        }
        admitted.with_decisions(|decisions| {
            let queues = decisions.iter().map(|decision| &decision.policy);
            let queues: SmallVec<[&Policy; 2]> = queues.filter(|policy| is_queue(policy)).collect();
            self.refuse(request, Reason::TooManyWaiting, &queues, Some(delay), decisions)
        })
    }

    /// Each policy says what happens while the store cannot decide; one that lets nothing pass is enough.
    fn without_decision(&self, request: &ServiceRequest, asks: &Asks, error: &CheckError) -> Admission {
        tracing::debug!(%error, "no decision on a request");
        let policies = asks.iter().map(|ask| &ask.policy).filter(|policy| policy.get_mode() == Mode::Enforce);
        let closed: SmallVec<[&Policy; 2]> = policies.filter(|policy| policy.get_outage() == Outage::Deny).collect();
        if closed.is_empty() {
            return Admission::Free;
        }
        self.refuse(request, Reason::Undecided, &closed, Some(OUTAGE_WAIT), &[])
    }

    fn refuse(
        &self,
        request: &ServiceRequest,
        reason: Reason,
        policies: &[&Policy],
        wait: Option<Duration>,
        decisions: &[Decision],
    ) -> Admission {
        let seconds = wait.map(|wait| retry_after(wait, self.settings.jitter_percent));
        let refusal = Refusal {
            request: request.request(),
            reason,
            policies: SmallVec::from_slice(policies),
            retry_after: seconds.map(Duration::from_secs),
        };
        let mut response = self.settings.refuse.as_ref().map_or_else(|| refusal.problem(), |refuse| refuse(&refusal));
        if let Some(seconds) = seconds
            && !response.headers().contains_key(header::RETRY_AFTER)
        {
            response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from(seconds));
        }
        if reason != Reason::Undecided {
            self.fields.write(decisions, response.headers_mut());
        }
        Admission::Refused(response)
    }
}

impl Limit {
    /// What the request costs; `None` when that is more than the policy can ever allow. A limit in shadow refuses
    /// nothing, so there it is as much as can be asked for.
    fn cost(&self, request: &ServiceRequest) -> Option<u32> {
        let burst = self.policy.quota().burst();
        match self.cost.as_ref().map_or(1, |cost| cost(request)) {
            cost if cost <= burst => Some(cost),
            _ if self.policy.get_mode() == Mode::Shadow => Some(burst),
            _ => None,
        }
    }
}

/// A guarded store says so of a policy that lets nothing pass in an outage: nobody has counted.
fn is_undecided(decision: &Decision) -> bool {
    decision.source == Source::Fallback && decision.policy.get_outage() == Outage::Deny
}

fn is_queue(policy: &Policy) -> bool {
    policy.get_mode() == Mode::Enforce && policy.quota().free() < policy.quota().burst()
}
