//! The limits of a running service.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

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

/// How long, at most, a service that starts waits for Redis before it is ready.
const JOINED_WITHIN: Duration = Duration::from_secs(2);

type SharedStore = GuardedStore<LeasedStore<RedisStore>>;

/// The limits of a running service. Clones share what was counted.
#[derive(Clone)]
pub struct Limits(Arc<Inner>);

struct Inner {
    endpoints: HashMap<&'static str, Arc<EndpointLimits>>,
    limiter: Limiter,
    shared: Option<SharedStore>,
    /// When it began to connect.
    begun: OnceLock<Instant>,
}

/// What holds for one endpoint.
pub(crate) struct EndpointLimits {
    pub id: &'static str,
    /// The first gate.
    pub layer: Option<RateLimit>,
    /// Whether some limit only tries itself.
    pub in_shadow: bool,
    pub(super) limiter: Limiter,
    pub(super) clients: Clients,
    pub(super) client: PolicyGroup,
    pub(super) user: PolicyGroup,
    pub(super) account: PolicyGroup,
    pub(super) credential: PolicyGroup,
}

/// The policies that are asked together at the second gate.
pub(super) struct PolicyGroup {
    pub policies: Vec<(Policy, Per)>,
    pub fields: HeaderFields,
}

impl Limits {
    /// Puts the limits together; nothing is connected yet, so Redis may be away.
    ///
    /// # Panics
    /// When Redis settings that were found good are not.
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
        let limits = Self(Arc::new(Inner { endpoints, limiter, shared, begun: OnceLock::new() }));
        limits.announce(config);
        limits
    }

    fn announce(&self, config: &LimitsConfig) {
        let (service, policies) = (config.service, config.rules.len());
        match (policies, self.is_shared()) {
            (0, _) => tracing::warn!(service, "limits are switched off"),
            (_, true) => tracing::info!(service, policies, "limits are counted in Redis, for all replicas together"),
            (_, false) => {
                tracing::info!(service, policies, "limits hold for this process only: no Redis URL is given");
            }
        }
    }

    /// Who counts, for limits beside the table: in Redis for all replicas where there is one, in this process otherwise.
    pub fn limiter(&self) -> Limiter {
        self.0.limiter.clone()
    }

    /// Whether all replicas count together.
    pub fn is_shared(&self) -> bool {
        self.0.shared.is_some()
    }

    /// Whether this process counts by itself because Redis is away.
    pub fn is_degraded(&self) -> bool {
        self.0.shared.as_ref().is_some_and(GuardedStore::is_degraded)
    }

    /// Begins to connect to Redis for the thread that calls, so that its first requests are decided there.
    pub(crate) fn connect(&self) {
        if let Some(shared) = &self.0.shared
            && tokio::runtime::Handle::try_current().is_ok()
        {
            self.0.begun.get_or_init(Instant::now);
            shared.connect();
        }
    }

    /// `true` once this process decides together with the other replicas, or has tried for long enough: Redis is no
    /// condition of serving. Begins to connect what no thread has connected yet. Must be called in a runtime.
    pub(crate) fn is_settled(&self) -> bool {
        self.0.shared.as_ref().is_none_or(|shared| {
            let begun = self.0.begun.get_or_init(Instant::now);
            shared.connect_all();
            shared.is_connected() || begun.elapsed() >= JOINED_WITHIN
        })
    }

    /// What holds for an endpoint, if anything does.
    pub(crate) fn of(&self, endpoint: &EndpointInfo) -> Option<Arc<EndpointLimits>> {
        self.0.endpoints.get(endpoint.id).cloned()
    }
}

impl EndpointLimits {
    fn new(id: &'static str, config: &LimitsConfig, limiter: &Limiter) -> Self {
        let here: Vec<&Rule> = config.rules.iter().filter(|rule| rule.endpoints.contains(&id)).collect();
        let group = |subject| PolicyGroup::new(config, here.iter().filter(|rule| rule.per.subject() == Some(subject)));
        let first: Vec<&Rule> = here.iter().copied().filter(|rule| rule.per.subject().is_none()).collect();
        Self {
            id,
            layer: (!first.is_empty()).then(|| layer(limiter.clone(), config, &first)),
            in_shadow: here.iter().any(|rule| rule.policy.get_mode() == Mode::Shadow),
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
