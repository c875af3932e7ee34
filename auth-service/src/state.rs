//! What the service has once it is built: shared by endpoints, extractors, flows and background tasks.

use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use chrono::{DateTime, Utc};
use service_kit::{Clock, Limits};

use crate::client_locator::ClientLocator;
use crate::clients::ServiceClients;
use crate::config::Lifetimes;
use crate::domain::RegionMap;
use crate::flows::{AddressFailures, BotFilter, KnownDevices, MaintenanceStatus, SocialSetup};
use crate::hashing::HashPool;
use crate::history::FailedSignIns;
use crate::mails::MailQueue;
use crate::pages::PageSecrets;
use crate::providers::Providers;
use crate::storage::Store;
use crate::tokens::{AccessTokens, RefreshTokens, Revocations};

/// Parts of the running service.
pub struct AppState {
    /// SQL.
    pub store: Store,
    /// Threads that hash passwords.
    pub hashing: HashPool,
    /// Maker and checker of access tokens.
    pub access_tokens: AccessTokens,
    /// Maker and reader of refresh tokens.
    pub refresh_tokens: RefreshTokens,
    /// Access tokens that are dead before their time.
    pub revocations: Revocations,
    /// Services that may ask about tokens.
    pub clients: ServiceClients,
    /// Regions, cells and age policies as they were read last.
    pub atlas: ArcSwap<RegionMap>,
    /// What makes cookies unreadable and forms unforgeable.
    pub pages: PageSecrets,
    /// Where requests come from.
    pub places: ClientLocator,
    /// Social providers that are offered.
    pub providers: Providers,
    /// Keys and redirect URIs of social sign-in.
    pub social: SocialSetup,
    /// What tells bots from people; `None` asks nobody.
    pub bot_filter: Option<BotFilter>,
    /// Devices that accounts have used before.
    pub known_devices: KnownDevices,
    /// Wrong passwords by address.
    pub address_failures: AddressFailures,
    /// Where failed sign-ins go on their way into the history.
    pub failed_sign_ins: FailedSignIns,
    /// Where mails to people go on their way out.
    pub mails: MailQueue,
    /// Who counts requests.
    pub limits: Limits,
    /// What the upkeep of partitions saw last.
    pub upkeep: ArcSwap<MaintenanceStatus>,
    /// How long things live.
    pub lives: Lifetimes,
    /// Public base URL, no trailing slash.
    pub issuer: String,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl AppState {
    /// The time.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Regions, cells and age policies.
    pub fn atlas(&self) -> Guard<Arc<RegionMap>> {
        self.atlas.load()
    }
}
