//! Shared state of endpoints, extractors, pages and background tasks: the services, each with what it needs.

use std::sync::Arc;

use account_partitions::{MaintenanceWorker, RegionMap};
use arc_swap::Guard;
use bot_filter::BotFilter;
use chrono::{DateTime, Utc};
use credentials::tokens::AccessTokens;
use service_kit::{Clock, Limits};
use social_providers::Providers;

use crate::client_locator::ClientLocator;
use crate::config::Config;
use account_flows::{
    Accounts, Addresses, Caches, CodeGrants, DeviceGrants, KnownDevices, OauthClients, Operators, PasswordAttempts,
    Passwords, Roles, Services, Sessions, SharedParts, SocialSignIn,
};
use account_storage::Store;
use accounts::EmailPolicy;

/// Parts of the running service.
pub struct AppState {
    /// SQL, for plain reads.
    pub store: Store,
    /// Accounts.
    pub accounts: Accounts,
    /// Login e-mails.
    pub addresses: Addresses,
    /// Passwords.
    pub passwords: Passwords,
    /// The path on which passwords are tried.
    pub attempts: PasswordAttempts,
    /// Bot filter.
    pub bot_filter: Arc<BotFilter>,
    /// Credentials of devices that accounts have used before.
    pub known_devices: Arc<KnownDevices>,
    /// Sessions.
    pub sessions: Arc<Sessions>,
    /// Roles.
    pub roles: Roles,
    /// Acts of operators.
    pub operators: Operators,
    /// Sign-in with accounts at providers.
    pub social: SocialSignIn,
    /// Partition maintenance of this replica.
    pub maintenance: MaintenanceWorker,
    /// Revocations and regions in memory.
    pub caches: Arc<Caches>,
    /// Issues and verifies access tokens.
    pub access_tokens: Arc<AccessTokens>,
    /// Locates clients.
    pub client_locator: ClientLocator,
    /// Enabled social providers.
    pub providers: Providers,
    /// Rate limits.
    pub limits: Limits,
    /// OAuth clients.
    pub clients: OauthClients,
    /// Devices that sign in by a code.
    pub devices: DeviceGrants,
    /// Apps that sign their users in by a browser.
    pub code_grants: CodeGrants,
    /// Rule for addresses that become logins.
    pub emails: EmailPolicy,
    /// Public base URL, no trailing slash.
    pub issuer: String,
    /// Current time.
    pub clock: Arc<dyn Clock>,
}

impl AppState {
    /// State of `services`, with the parts that they share.
    pub(crate) fn new(services: Services, parts: SharedParts, config: &Config, limits: Limits) -> Self {
        let Services {
            accounts,
            addresses,
            passwords,
            attempts,
            bot_filter,
            known_devices,
            sessions,
            roles,
            operators,
            social,
            clients,
            devices,
            code_grants,
            caches,
        } = services;
        let SharedParts { store, access_tokens, providers, emails, clock, .. } = parts;
        Self {
            accounts,
            addresses,
            passwords,
            attempts,
            bot_filter,
            known_devices,
            sessions,
            roles,
            operators,
            social,
            maintenance: MaintenanceWorker::new(store.partitions().clone(), Arc::clone(&clock)),
            caches,
            store,
            access_tokens,
            client_locator: ClientLocator::new(config.limits.clients.clone(), config.client_region_header.clone()),
            providers,
            limits,
            clients,
            devices,
            code_grants,
            emails,
            issuer: config.issuer.clone(),
            clock,
        }
    }

    /// Current time.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Regions, cells and age policies.
    pub fn region_map(&self) -> Guard<Arc<RegionMap>> {
        self.caches.region_map()
    }
}
