//! The builder of a layer of limits.

use std::{borrow::Cow, sync::Arc};

use actix_web::{HttpResponse, dev::ServiceRequest, http::StatusCode};
use tokio::sync::Semaphore;

use super::refusal::Refusal;
use crate::{
    actix::{
        address::{ClientAddress, Networks},
        headers::Profile,
        key_by::KeyBy,
    },
    limiter::Limiter,
    policy::Policy,
    store::MAX_REQUESTS,
};

/// Default maximum number of bytes of a body that are read for a key.
pub const BODY_LIMIT: usize = 16 * 1_024;
/// Default maximum number of requests waiting in queues.
pub const MAX_WAITING: usize = 1_024;

/// A middleware that checks every request before its handler; for `wrap` on an `App`, a scope or a resource.
///
/// All policies of a layer are one call to the store: either each of them takes its units, or none does. Wrap `Cors`
/// and authentication *around* it. Build it once, outside the closure that makes an `App` for each worker, and give
/// each a clone: then the workers share the slots of the queue.
///
/// ```
/// # use limiter_lib::{Limiter, Policy, Quota, actix::{ClientAddress, KeyBy, RateLimit}};
/// # fn layer(limiter: Limiter) -> Result<RateLimit, Box<dyn std::error::Error>> {
/// let layer = RateLimit::new(limiter)
///     .client(ClientAddress::trust_proxies("10.0.0.0/8".parse()?))
///     .policy(Policy::new("api", "100/1m burst 50".parse()?)?, KeyBy::address());
/// # Ok(layer)
/// # }
/// ```
#[derive(Clone)]
pub struct RateLimit {
    pub(super) limiter: Limiter,
    pub(super) limits: Vec<Limit>,
    pub(super) clients: ClientAddress,
    pub(super) allowed: Networks,
    pub(super) exempt_paths: Vec<Cow<'static, str>>,
    pub(super) count_options: bool,
    pub(super) profile: Profile,
    pub(super) only_when_refused: bool,
    pub(super) jitter_percent: u8,
    pub(super) body_limit: usize,
    pub(super) queue_slots: Arc<Semaphore>,
    pub(super) refuse: Option<Refuse>,
    pub(super) refund_on: Option<RefundOn>,
}

pub(super) type Cost = Arc<dyn Fn(&ServiceRequest) -> u32 + Send + Sync>;
pub(super) type Refuse = Arc<dyn Fn(&Refusal<'_>) -> HttpResponse + Send + Sync>;
pub(super) type RefundOn = Arc<dyn Fn(StatusCode) -> bool + Send + Sync>;

/// One policy of a layer.
#[derive(Clone)]
pub(super) struct Limit {
    pub(super) policy: Policy,
    pub(super) key: KeyBy,
    pub(super) cost: Option<Cost>,
}

impl RateLimit {
    /// A layer without policies. The client is the peer of the connection, `OPTIONS` and the paths `/livez`, `/readyz`
    /// and `/healthz` are exempt, and responses carry the fields of [`Profile::Draft10`].
    pub fn new(limiter: Limiter) -> Self {
        Self {
            limiter,
            limits: Vec::new(),
            clients: ClientAddress::peer(),
            allowed: Networks::default(),
            exempt_paths: ["/livez", "/readyz", "/healthz"].map(Cow::Borrowed).to_vec(),
            count_options: false,
            profile: Profile::default(),
            only_when_refused: false,
            jitter_percent: 0,
            body_limit: BODY_LIMIT,
            queue_slots: Arc::new(Semaphore::new(MAX_WAITING)),
            refuse: None,
            refund_on: None,
        }
    }

    /// Adds a policy and the key of its subjects.
    ///
    /// # Panics
    /// With more than [`MAX_REQUESTS`] policies, the maximum of one call.
    #[must_use]
    pub fn policy(mut self, policy: Policy, key: KeyBy) -> Self {
        assert!(self.limits.len() < MAX_REQUESTS, "a layer holds at most {MAX_REQUESTS} policies");
        self.limits.push(Limit { policy, key, cost: None });
        self
    }

    /// Sets the cost of a request for the policy added last; 1 by default. A cost of 0 always passes, and a cost above
    /// the burst is always refused.
    ///
    /// # Panics
    /// Without a policy.
    #[must_use]
    pub fn cost(mut self, cost: impl Fn(&ServiceRequest) -> u32 + Send + Sync + 'static) -> Self {
        let last = self.limits.last_mut();
        assert!(last.is_some(), "add a policy before its cost");
        if let Some(limit) = last {
            limit.cost = Some(Arc::new(cost));
        }
        self
    }

    /// Sets the derivation of client addresses.
    #[must_use]
    pub fn client(mut self, clients: ClientAddress) -> Self {
        self.clients = clients;
        self
    }

    /// Exempts clients of these networks.
    #[must_use]
    pub fn allow(mut self, networks: Networks) -> Self {
        self.allowed = networks;
        self
    }

    /// Exempts requests to exactly this path.
    #[must_use]
    pub fn exempt_path(mut self, path: impl Into<Cow<'static, str>>) -> Self {
        self.exempt_paths.push(path.into());
        self
    }

    /// Removes all exempt paths, also those of health checks.
    #[must_use]
    pub fn no_exempt_paths(mut self) -> Self {
        self.exempt_paths.clear();
        self
    }

    /// Counts `OPTIONS` requests as well. Browsers send them as CORS preflights.
    #[must_use]
    pub fn count_options(mut self) -> Self {
        self.count_options = true;
        self
    }

    /// Selects the header fields of responses.
    #[must_use]
    pub fn headers(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Omits the header fields from responses other than refusals.
    #[must_use]
    pub fn headers_only_when_refused(mut self) -> Self {
        self.only_when_refused = true;
        self
    }

    /// Makes `Retry-After` later by up to so many percent, at most 10, at random: for a key that many clients share,
    /// which would otherwise retry all at once.
    #[must_use]
    pub fn retry_jitter(mut self, percent: u8) -> Self {
        self.jitter_percent = percent;
        self
    }

    /// Sets the maximum number of bytes of a body that are read for a key; [`BODY_LIMIT`] by default.
    #[must_use]
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Sets the maximum number of requests waiting in the queues of this layer and its clones; [`MAX_WAITING`] by
    /// default. Further ones are refused.
    #[must_use]
    pub fn max_waiting(mut self, requests: usize) -> Self {
        self.queue_slots = Arc::new(Semaphore::new(requests.min(Semaphore::MAX_PERMITS)));
        self
    }

    /// Sets the response to refusals; [`Refusal::problem`] by default. The layer adds the header fields, and
    /// `Retry-After` unless present.
    #[must_use]
    pub fn refuse(mut self, refuse: impl Fn(&Refusal<'_>) -> HttpResponse + Send + Sync + 'static) -> Self {
        self.refuse = Some(Arc::new(refuse));
        self
    }

    /// Refunds the units of a request when its response has such a status, for instance when the service itself failed:
    /// `.refund_on(|status| status.is_server_error())`.
    #[must_use]
    pub fn refund_on(mut self, refund: impl Fn(StatusCode) -> bool + Send + Sync + 'static) -> Self {
        self.refund_on = Some(Arc::new(refund));
        self
    }
}
