//! Shared state of endpoints, extractors, flows and background tasks.

use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use chrono::{DateTime, Utc};
use credentials::hashing::HashPool;
use credentials::tokens::{AccessTokens, RefreshTokens};
use mailer::MailQueue;
use service_kit::{Clock, Limits};
use token_verifier::Revocations;

use crate::client_locator::ClientLocator;
use crate::config::Lifetimes;
use crate::domain::RegionMap;
use crate::flows::{AddressFailures, BotFilter, KnownDevices, MaintenanceStatus, SocialSetup};
use crate::history::FailedSignIns;
use crate::providers::Providers;
use crate::storage::Store;

/// Parts of the running service.
pub struct AppState {
    /// SQL.
    pub store: Store,
    /// Threads that hash passwords.
    pub hashing: HashPool,
    /// Issues and verifies access tokens.
    pub access_tokens: AccessTokens,
    /// Issues and parses refresh tokens.
    pub refresh_tokens: RefreshTokens,
    /// Access tokens revoked before they expire.
    pub revocations: Revocations,
    /// Regions, cells and age policies, as last read.
    pub region_map: ArcSwap<RegionMap>,
    /// Locates clients.
    pub client_locator: ClientLocator,
    /// Enabled social providers.
    pub providers: Providers,
    /// Keys and redirect URIs of social sign-in.
    pub social: SocialSetup,
    /// Bot filter; `None` screens nothing.
    pub bot_filter: Option<BotFilter>,
    /// Credentials of devices that accounts have used before.
    pub known_devices: KnownDevices,
    /// Wrong passwords, counted by address.
    pub address_failures: AddressFailures,
    /// Queue of failed sign-ins for the history.
    pub failed_sign_ins: FailedSignIns,
    /// Queue of mails to users.
    pub mails: MailQueue,
    /// Rate limits.
    pub limits: Limits,
    /// Result of the last partition maintenance.
    pub maintenance: ArcSwap<MaintenanceStatus>,
    /// Lifetimes of tokens and sessions.
    pub lifetimes: Lifetimes,
    /// Public base URL, no trailing slash.
    pub issuer: String,
    /// Current time.
    pub clock: Arc<dyn Clock>,
}

impl AppState {
    /// Current time.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Regions, cells and age policies.
    pub fn region_map(&self) -> Guard<Arc<RegionMap>> {
        self.region_map.load()
    }
}
