//! Accounts: created, changed and deleted. The rules are in a file each.

use std::sync::Arc;

use credentials::hashing::HashPool;
use mailer::MailQueue;
use service_kit::Clock;
use token_verifier::Revocations;

use super::caches::SharedRegionMap;
use super::sessions::Sessions;
use super::social::ProviderGrants;
use crate::storage::Store;

/// All accounts.
pub struct Accounts {
    /// SQL.
    pub store: Store,
    /// Threads that hash passwords.
    pub hashing: Arc<HashPool>,
    /// Sessions of the accounts.
    pub sessions: Arc<Sessions>,
    /// Access tokens revoked before they expire.
    pub revocations: Arc<Revocations>,
    /// Cells of regions, and their calendars.
    pub region_map: SharedRegionMap,
    /// Grants of deleted accounts.
    pub grants: Arc<ProviderGrants>,
    /// Queue of mails to users.
    pub mails: Arc<MailQueue>,
    /// Current time.
    pub clock: Arc<dyn Clock>,
}
