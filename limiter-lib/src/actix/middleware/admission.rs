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
        key_by::{
            Reading, Subject,
            body::{self, Body},
        },
        status::Admitted,
    },
    decision::{Decision, Decisions, Source},
    limiter::CheckError,
    policy::{Mode, Outage, Policy},
    store::LimitRequest,
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

type Asks = SmallVec<[LimitRequest; 2]>;
type Policies<'a> = SmallVec<[&'a Policy; 2]>;

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
        // On the heap, like everything rare that waits: the future of every request would have to hold room for it.
        let body = match self.reading.parser(request) {
            Some(parse) => Box::pin(body::read(request, settings.body_limit, parse)).await,
            None => Body::Unread,
        };
        let asks = match self.asks(&Subject { request, clients: &settings.clients, address, body: &body }) {
            Ok(asks) if asks.is_empty() => return Admission::Free,
            Ok(asks) => asks,
            Err(policy) => return self.refuse(request, Reason::CostAboveBurst, &[policy], None, &[]),
        };
        match settings.limiter.check_all(&asks).await {
            Ok(verdict) if verdict.is_allowed() => {
                let delay = verdict.delay();
                let admitted = Admitted::new(settings.limiter.clone(), asks, verdict);
                if delay.is_zero() {
                    admit(request, admitted)
                } else {
                    Box::pin(self.wait(request, admitted, delay)).await
                }
            }
            Ok(verdict) => self.refuse_by(request, &verdict),
            Err(error) => self.without_decision(request, &asks, &error),
        }
    }

    /// What to ask about a request, or the policy that can never allow it.
    fn asks(&self, subject: &Subject<'_>) -> Result<Asks, &Policy> {
        let mut asks = Asks::new();
        for limit in &self.settings.limits {
            if let Some(key) = limit.key.key(subject) {
                let cost = limit.cost(subject.request).ok_or(&limit.policy)?;
                asks.push(LimitRequest::take(&limit.policy, key, cost));
            }
        }
        Ok(asks)
    }

    fn is_exempt(&self, request: &ServiceRequest) -> bool {
        let settings = &self.settings;
        (!settings.count_options && request.method() == Method::OPTIONS)
            || settings.exempt_paths.iter().any(|path| path == request.path())
    }

    /// Waits for its turn, if there is a place to wait.
    async fn wait(&self, request: &ServiceRequest, admitted: Rc<Admitted>, delay: Duration) -> Admission {
        let Ok(_place) = self.settings.places.try_acquire() else {
            return self.turn_away(request, &admitted, delay).await;
        };
        tokio::time::sleep(delay).await;
        admit(request, admitted)
    }

    /// Refuses a request that has taken its units but cannot wait.
    async fn turn_away(&self, request: &ServiceRequest, admitted: &Admitted, delay: Duration) -> Admission {
        if let Err(error) = admitted.refund().await {
            tracing::debug!(%error, "units of a request that was turned away stay taken");
        }
        admitted.with_decisions(|decisions| {
            let queues = policies(decisions.iter().filter(|decision| is_queue(&decision.policy)));
            self.refuse(request, Reason::TooManyWaiting, &queues, Some(delay), decisions)
        })
    }

    /// Refuses for what limits say: that nobody can count comes before that something is used up.
    fn refuse_by(&self, request: &ServiceRequest, verdict: &Decisions) -> Admission {
        let undecided = policies(verdict.violated().filter(|decision| is_undecided(decision)));
        if !undecided.is_empty() {
            return self.refuse(request, Reason::Undecided, &undecided, Some(OUTAGE_WAIT), &[]);
        }
        let exceeded = policies(verdict.violated());
        self.refuse(request, Reason::QuotaExceeded, &exceeded, verdict.retry_after(), &verdict.decisions)
    }

    /// Each policy says what happens while the store cannot decide; one that lets nothing pass is enough.
    fn without_decision(&self, request: &ServiceRequest, asks: &Asks, error: &CheckError) -> Admission {
        tracing::debug!(%error, "no decision on a request");
        let enforced = asks.iter().map(|ask| &ask.policy).filter(|policy| policy.get_mode() == Mode::Enforce);
        let closed: Policies<'_> = enforced.filter(|policy| policy.get_outage() == Outage::Deny).collect();
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

/// Lets the request pass, and its handler see what was decided.
fn admit(request: &ServiceRequest, admitted: Rc<Admitted>) -> Admission {
    admitted.show(request);
    Admission::Admitted(admitted)
}

fn policies<'a>(decisions: impl Iterator<Item = &'a Decision>) -> Policies<'a> {
    decisions.map(|decision| &decision.policy).collect()
}

/// A guarded store says so of a policy that lets nothing pass in an outage: nobody has counted.
fn is_undecided(decision: &Decision) -> bool {
    decision.source == Source::Fallback && decision.policy.get_outage() == Outage::Deny
}

fn is_queue(policy: &Policy) -> bool {
    policy.get_mode() == Mode::Enforce && policy.quota().free() < policy.quota().burst()
}
