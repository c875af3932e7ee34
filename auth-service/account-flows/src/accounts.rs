//! Accounts: created, changed and deleted. The rules are in a file each.

use std::sync::Arc;

use account_storage::Store;
use credentials::hashing::HashPool;
use outbox::Outbox;
use service_kit::Clock;
use social_providers::Providers;
use token_verifier::Revocations;

use super::caches::SharedRegionMap;
use super::sessions::Sessions;
use super::social::ProviderGrants;

/// All accounts.
pub struct Accounts {
    /// SQL.
    pub(super) store: Store,
    /// Threads that hash passwords.
    pub(super) hashing: Arc<HashPool>,
    /// Sessions of the accounts.
    pub(super) sessions: Arc<Sessions>,
    /// Access tokens revoked before they expire.
    pub(super) revocations: Arc<Revocations>,
    /// Cells of regions, and their calendars.
    pub(super) region_map: SharedRegionMap,
    /// Names of providers in mails.
    pub(super) providers: Providers,
    /// Grants of deleted accounts and unlinked identities.
    pub(super) grants: Arc<ProviderGrants>,
    /// Mails to users.
    pub(super) outbox: Outbox,
    /// Current time.
    pub(super) clock: Arc<dyn Clock>,
}
