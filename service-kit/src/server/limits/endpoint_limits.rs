//! The limits of a running service, by endpoint.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use actix_web::HttpRequest;
use contracts::endpoint::EndpointInfo;
use limiter_lib::actix::{HeaderFields, RateLimit};
use limiter_lib::store::redis::RedisStore;
use limiter_lib::store::{GuardSettings, GuardedStore, LeasedStore, MemoryStore, Store};
use limiter_lib::{Limiter, Mode, Policy};

use super::clients::Clients;
use super::config::LimitsConfig;
use super::layer::layer;
use super::per::{Per, Subject};
use super::policy_spec::Rule;
use crate::server::mounted::Mounted;

/// Maximum time for which a starting service waits for Redis before it reports ready.
const JOIN_TIMEOUT: Duration = Duration::from_secs(2);

type SharedStore = GuardedStore<LeasedStore<RedisStore>>;

/// The limits of a running service. Clones share the counters.
#[derive(Clone)]
pub struct Limits(Arc<Inner>);

struct Inner {
    endpoints: HashMap<&'static str, Arc<EndpointLimits>>,
    limiter: Limiter,
    shared: Option<SharedStore>,
    /// Start of the first attempt to connect.
    connecting_since: OnceLock<Instant>,
}

/// Limits of one endpoint.
pub(in crate::server) struct EndpointLimits {
    pub id: &'static str,
    /// Middleware with the limits by request head.
    pub layer: Option<RateLimit>,
    /// `true` when any policy is in shadow mode.
    pub in_shadow: bool,
    pub(super) limiter: Limiter,
    pub(super) clients: Clients,
    pub(super) client: PolicyGroup,
    pub(super) user: PolicyGroup,
    pub(super) account: PolicyGroup,
    pub(super) credential: PolicyGroup,
}

/// The policies of one subject, checked in one call to the limiter.
pub(super) struct PolicyGroup {
    pub policies: Vec<(Policy, Per)>,
    pub fields: HeaderFields,
}

impl Limits {
    /// Builds the limits without connecting, so Redis may be unavailable.
    ///
    /// # Panics
    /// When Redis rejects settings that passed validation.
    pub fn new(config: &LimitsConfig) -> Self {
        let shared = config.redis.clone().filter(|_| !config.rules.is_empty()).map(|redis| {
            let redis = RedisStore::new(redis).expect("the settings were tried when they were read");
            let replicas = redis.replicas();
            GuardedStore::new(LeasedStore::new(redis), replicas, &GuardSettings::default())
        });
        let limiter = shared.clone().map_or_else(|| Limiter::new(MemoryStore::default()), Limiter::new);
        let mut ids: Vec<_> = config.rules.iter().flat_map(|rule| rule.endpoints.iter().copied()).collect();
        ids.sort_unstable();
        ids.dedup();
        let endpoints = ids.into_iter().map(|id| (id, Arc::new(EndpointLimits::new(id, config, &limiter)))).collect();
        let limits = Self(Arc::new(Inner { endpoints, limiter, shared, connecting_since: OnceLock::new() }));
        limits.log_mode(config);
        limits
    }

    fn log_mode(&self, config: &LimitsConfig) {
        let (service, policies) = (config.service, config.rules.len());
        match (policies, self.is_shared()) {
            (0, _) => tracing::warn!(service, "limits are switched off"),
            (_, true) => tracing::info!(service, policies, "limits are counted in Redis, for all replicas together"),
            (_, false) => {
                tracing::info!(service, policies, "limits hold for this process only: no Redis URL is given");
            }
        }
    }

    /// The limiter, for limits outside of the table: in Redis for all replicas if configured, otherwise in this
    /// process.
    pub fn limiter(&self) -> Limiter {
        self.0.limiter.clone()
    }

    /// `true` when replicas share their counters.
    pub fn is_shared(&self) -> bool {
        self.0.shared.is_some()
    }

    /// `true` while this process counts locally because Redis is unavailable.
    pub fn is_degraded(&self) -> bool {
        self.0.shared.as_ref().is_some_and(GuardedStore::is_degraded)
    }

    /// Starts to connect the calling thread to Redis, so that its first requests are decided there.
    pub(in crate::server) fn connect(&self) {
        if let Some(shared) = &self.0.shared
            && tokio::runtime::Handle::try_current().is_ok()
        {
            self.0.connecting_since.get_or_init(Instant::now);
            shared.connect();
        }
    }

    /// `true` once this process is connected to Redis or [`JOIN_TIMEOUT`] has passed: Redis is not required for
    /// serving. Starts to connect the threads that are not connected yet. Must be called in a runtime.
    pub(in crate::server) fn is_ready(&self) -> bool {
        self.0.shared.as_ref().is_none_or(|shared| {
            let connecting_since = self.0.connecting_since.get_or_init(Instant::now);
            shared.connect_all();
            shared.is_connected() || connecting_since.elapsed() >= JOIN_TIMEOUT
        })
    }

    /// Limits of an endpoint; `None` if it has none.
    pub(in crate::server) fn of(&self, endpoint: &EndpointInfo) -> Option<&EndpointLimits> {
        self.0.endpoints.get(endpoint.id).map(AsRef::as_ref)
    }
}

impl EndpointLimits {
    /// Limits of the endpoint matched by a request; `None` if it has none.
    pub(super) fn matched(request: &HttpRequest) -> Option<&Arc<Self>> {
        request.app_data::<Limits>()?.0.endpoints.get(Mounted::endpoint(request)?.id)
    }

    fn new(id: &'static str, config: &LimitsConfig, limiter: &Limiter) -> Self {
        let rules: Vec<&Rule> = config.rules.iter().filter(|rule| rule.endpoints.contains(&id)).collect();
        let group = |subject| PolicyGroup::new(config, rules.iter().filter(|rule| rule.per.subject() == Some(subject)));
        let first: Vec<&Rule> = rules.iter().copied().filter(|rule| rule.per.subject().is_none()).collect();
        Self {
            id,
            layer: (!first.is_empty()).then(|| layer(limiter.clone(), config, &first)),
            in_shadow: rules.iter().any(|rule| rule.policy.get_mode() == Mode::Shadow),
            limiter: limiter.clone(),
            clients: config.clients.clone(),
            client: group(Subject::Client),
            user: group(Subject::User),
            account: group(Subject::Account),
            credential: group(Subject::Credential),
        }
    }

    pub(super) fn group(&self, subject: Subject) -> &PolicyGroup {
        match subject {
            Subject::Client => &self.client,
            Subject::User => &self.user,
            Subject::Account => &self.account,
            Subject::Credential => &self.credential,
        }
    }
}

impl PolicyGroup {
    fn new<'a>(config: &LimitsConfig, rules: impl Iterator<Item = &'a &'a Rule>) -> Self {
        let policies: Vec<_> = rules.map(|rule| (rule.policy.clone(), rule.per)).collect();
        let fields = HeaderFields::new(config.profile, policies.iter().map(|(policy, _)| policy));
        Self { policies, fields }
    }
}
