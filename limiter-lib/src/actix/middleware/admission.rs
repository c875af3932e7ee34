//! The admission of one request.

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
            BodyKinds, Subject,
            body::{self, Body},
        },
        status::AdmittedRequest,
    },
    decision::{Decision, Decisions, Source},
    limiter::CheckError,
    policy::{Mode, Outage, Policy},
    store::LimitRequest,
};

/// Retry time while the store cannot decide: by then a breaker has probed it again.
const OUTAGE_WAIT: Duration = Duration::from_secs(1);

/// A layer with everything that is computed before the first request.
pub(super) struct Layer {
    pub(super) settings: RateLimit,
    pub(super) fields: HeaderFields,
    body_kinds: BodyKinds,
}

/// The result of the admission.
pub(super) enum Admission {
    /// No limit was checked, or none could be and all fail open.
    Unchecked,
    /// All limits admit it.
    Admitted(Rc<AdmittedRequest>),
    /// It is refused.
    Refused(HttpResponse),
}

type LimitRequests = SmallVec<[LimitRequest; 2]>;
type Policies<'a> = SmallVec<[&'a Policy; 2]>;

impl Layer {
    pub(super) fn new(settings: RateLimit) -> Self {
        let fields = HeaderFields::new(settings.profile, settings.limits.iter().map(|limit| &limit.policy));
        let body_kinds =
            settings.limits.iter().map(|limit| limit.key.body_kinds()).fold(BodyKinds::default(), BodyKinds::with);
        Self { settings, fields, body_kinds }
    }

    pub(super) async fn admit(&self, request: &mut ServiceRequest) -> Admission {
        let settings = &self.settings;
        if self.is_exempt(request) {
            return Admission::Unchecked;
        }
        let address = settings.clients.of(request);
        if address.is_some_and(|address| settings.allowed.contains(address)) {
            return Admission::Unchecked;
        }
        // On the heap, as all rare futures: otherwise the future of every request would reserve space for it.
        let body = match self.body_kinds.parser(request) {
            Some(parse) => Box::pin(body::read(request, settings.body_limit, parse)).await,
            None => Body::Unread,
        };
        let requests = match self.limit_requests(&Subject { request, clients: &settings.clients, address, body: &body })
        {
            Ok(requests) if requests.is_empty() => return Admission::Unchecked,
            Ok(requests) => requests,
            Err(policy) => return self.refuse(request, Reason::CostAboveBurst, &[policy], None, &[]),
        };
        match settings.limiter.check_all(&requests).await {
            Ok(decisions) if decisions.is_allowed() => {
                let delay = decisions.delay();
                let admitted = AdmittedRequest::new(settings.limiter.clone(), requests, decisions);
                if delay.is_zero() {
                    admit(request, admitted)
                } else {
                    Box::pin(self.wait(request, admitted, delay)).await
                }
            }
            Ok(decisions) => self.refuse_by(request, &decisions),
            Err(error) => self.without_decision(request, &requests, &error),
        }
    }

    /// The requests to limits, or the policy that can never allow the request.
    fn limit_requests(&self, subject: &Subject<'_>) -> Result<LimitRequests, &Policy> {
        let mut requests = LimitRequests::new();
        for limit in &self.settings.limits {
            if let Some(key) = limit.key.key(subject) {
                let cost = limit.cost(subject.request).ok_or(&limit.policy)?;
                requests.push(LimitRequest::take(&limit.policy, key, cost));
            }
        }
        Ok(requests)
    }

    fn is_exempt(&self, request: &ServiceRequest) -> bool {
        let settings = &self.settings;
        (!settings.count_options && request.method() == Method::OPTIONS)
            || settings.exempt_paths.iter().any(|path| path == request.path())
    }

    /// Waits in the queue, if it has a free slot.
    async fn wait(&self, request: &ServiceRequest, admitted: Rc<AdmittedRequest>, delay: Duration) -> Admission {
        let Ok(_slot) = self.settings.queue_slots.try_acquire() else {
            return self.refuse_queued(request, &admitted, delay).await;
        };
        tokio::time::sleep(delay).await;
        admit(request, admitted)
    }

    /// Refuses a request that has taken its units but finds the queue full.
    async fn refuse_queued(&self, request: &ServiceRequest, admitted: &AdmittedRequest, delay: Duration) -> Admission {
        if let Err(error) = admitted.refund().await {
            tracing::debug!(%error, "units of a request refused by a full queue were not refunded");
        }
        admitted.with_decisions(|decisions| {
            let queues = policies(decisions.iter().filter(|decision| is_queue(&decision.policy)));
            self.refuse(request, Reason::TooManyWaiting, &queues, Some(delay), decisions)
        })
    }

    /// Refuses by decisions: an unavailable store takes precedence over an exceeded quota.
    fn refuse_by(&self, request: &ServiceRequest, decisions: &Decisions) -> Admission {
        let undecided = policies(decisions.violated().filter(|decision| is_undecided(decision)));
        if !undecided.is_empty() {
            return self.refuse(request, Reason::Undecided, &undecided, Some(OUTAGE_WAIT), &[]);
        }
        let exceeded = policies(decisions.violated());
        self.refuse(request, Reason::QuotaExceeded, &exceeded, decisions.retry_after(), &decisions.decisions)
    }

    /// While the store cannot decide, one policy with [`Outage::Deny`] is enough to refuse.
    fn without_decision(&self, request: &ServiceRequest, requests: &LimitRequests, error: &CheckError) -> Admission {
        tracing::debug!(%error, "no decision on a request");
        let enforced = requests.iter().map(|limit| &limit.policy).filter(|policy| policy.get_mode() == Mode::Enforce);
        let fail_closed: Policies<'_> = enforced.filter(|policy| policy.get_outage() == Outage::Deny).collect();
        if fail_closed.is_empty() {
            return Admission::Unchecked;
        }
        self.refuse(request, Reason::Undecided, &fail_closed, Some(OUTAGE_WAIT), &[])
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
    /// The cost of the request; `None` when it is above the burst. A limit in shadow refuses nothing, so there it is
    /// capped at the burst.
    fn cost(&self, request: &ServiceRequest) -> Option<u32> {
        let burst = self.policy.quota().burst();
        match self.cost.as_ref().map_or(1, |cost| cost(request)) {
            cost if cost <= burst => Some(cost),
            _ if self.policy.get_mode() == Mode::Shadow => Some(burst),
            _ => None,
        }
    }
}

/// Admits the request, and attaches the decisions for its handler.
fn admit(request: &ServiceRequest, admitted: Rc<AdmittedRequest>) -> Admission {
    admitted.attach_to(request);
    Admission::Admitted(admitted)
}

fn policies<'a>(decisions: impl Iterator<Item = &'a Decision>) -> Policies<'a> {
    decisions.map(|decision| &decision.policy).collect()
}

/// `true` for a refusal by a guarded store in an outage under [`Outage::Deny`]: nothing was counted.
fn is_undecided(decision: &Decision) -> bool {
    decision.source == Source::Fallback && decision.policy.get_outage() == Outage::Deny
}

fn is_queue(policy: &Policy) -> bool {
    policy.get_mode() == Mode::Enforce && policy.quota().free() < policy.quota().burst()
}
