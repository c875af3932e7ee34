//! How a layer of limits is put together.

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

/// As many bytes of a body are read for a key, unless said otherwise.
pub const BODY_LIMIT: usize = 16 * 1_024;
/// As many requests wait their turn in queues, unless said otherwise.
pub const MAX_WAITING: usize = 1_024;

/// A middleware that asks about every request before the handler sees it; for `wrap` on an `App`, a scope or a resource.
///
/// All policies of a layer are one call to the store: either each of them takes its units, or none does. Wrap `Cors` and
/// whatever finds out who is signed in *around* it. Build it once, outside the closure that makes an `App` for each
/// worker, and give each a clone: then the workers share the places for waiting.
///
/// ```
/// # use limiter_lib::{Limiter, Policy, Quota, actix::{ClientAddress, KeyBy, RateLimit}};
/// # fn layer(limiter: Limiter) -> Result<RateLimit, Box<dyn std::error::Error>> {
/// let layer = RateLimit::new(limiter)
///     .client(ClientAddress::behind("10.0.0.0/8".parse()?))
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
    pub(super) places: Arc<Semaphore>,
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
    /// A layer without policies. Clients are who connects, `OPTIONS` and the paths `/livez`, `/readyz` and `/healthz` are
    /// exempt, and responses carry the fields of [`Profile::Draft10`].
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
            places: Arc::new(Semaphore::new(MAX_WAITING)),
            refuse: None,
            refund_on: None,
        }
    }

    /// Adds a policy and whom it counts.
    ///
    /// # Panics
    /// With more than [`MAX_REQUESTS`] policies, which one call cannot ask about.
    #[must_use]
    pub fn policy(mut self, policy: Policy, key: KeyBy) -> Self {
        assert!(self.limits.len() < MAX_REQUESTS, "a layer holds at most {MAX_REQUESTS} policies");
        self.limits.push(Limit { policy, key, cost: None });
        self
    }

    /// What a request costs of the policy added last; 1 unless said otherwise. A request that costs 0 passes where units
    /// are left or not, and one that costs more than the burst is always refused.
    ///
    /// # Panics
    /// Without a policy.
    #[must_use]
    pub fn cost(mut self, cost: impl Fn(&ServiceRequest) -> u32 + Send + Sync + 'static) -> Self {
        let last = self.limits.last_mut();
        assert!(last.is_some(), "say the policy before its cost");
        if let Some(limit) = last {
            limit.cost = Some(Arc::new(cost));
        }
        self
    }

    /// How clients are told apart by address.
    #[must_use]
    pub fn client(mut self, clients: ClientAddress) -> Self {
        self.clients = clients;
        self
    }

    /// Clients of these networks pass without being asked about.
    #[must_use]
    pub fn allow(mut self, networks: Networks) -> Self {
        self.allowed = networks;
        self
    }

    /// Requests to exactly this path pass without being asked about.
    #[must_use]
    pub fn exempt_path(mut self, path: impl Into<Cow<'static, str>>) -> Self {
        self.exempt_paths.push(path.into());
        self
    }

    /// Exempts no path, not even those of health checks.
    #[must_use]
    pub fn no_exempt_paths(mut self) -> Self {
        self.exempt_paths.clear();
        self
    }

    /// Counts `OPTIONS` requests as well. Browsers send them by themselves before others (CORS).
    #[must_use]
    pub fn count_options(mut self) -> Self {
        self.count_options = true;
        self
    }

    /// In whose words responses speak of the limits.
    #[must_use]
    pub fn headers(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Responses speak of the limits only when they refuse.
    #[must_use]
    pub fn headers_only_when_refused(mut self) -> Self {
        self.only_when_refused = true;
        self
    }

    /// Makes `Retry-After` later by up to so many percent, at most 10, at random: for a key that many clients share, who
    /// would come back all at once.
    #[must_use]
    pub fn retry_jitter(mut self, percent: u8) -> Self {
        self.jitter_percent = percent;
        self
    }

    /// How many bytes of a body are read for a key from it; [`BODY_LIMIT`] unless said otherwise.
    #[must_use]
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// How many requests may wait their turn at once in the queues of this layer and its clones; [`MAX_WAITING`] unless
    /// said otherwise. More are refused.
    #[must_use]
    pub fn max_waiting(mut self, requests: usize) -> Self {
        self.places = Arc::new(Semaphore::new(requests.min(Semaphore::MAX_PERMITS)));
        self
    }

    /// Writes refusals; [`Refusal::problem`] unless said otherwise. The layer adds the fields, and `Retry-After` unless
    /// it is there.
    #[must_use]
    pub fn refuse(mut self, refuse: impl Fn(&Refusal<'_>) -> HttpResponse + Send + Sync + 'static) -> Self {
        self.refuse = Some(Arc::new(refuse));
        self
    }

    /// Gives back what a request took when its response has such a status, for instance when the service itself failed:
    /// `.refund_on(|status| status.is_server_error())`.
    #[must_use]
    pub fn refund_on(mut self, refund: impl Fn(StatusCode) -> bool + Send + Sync + 'static) -> Self {
        self.refund_on = Some(Arc::new(refund));
        self
    }
}
