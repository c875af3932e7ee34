//! Passwords of accounts: verified at a sign-in, changed, set for the first time and reset. The rules are in a file
//! each.

use std::sync::Arc;

use account_storage::Store;
use credentials::hashing::HashPool;
use outbox::Outbox;
use service_kit::Clock;
use token_verifier::Revocations;

use super::sessions::Sessions;
use super::social::ProviderGrants;
use crate::history::FailedSignIns;

/// Passwords of all accounts.
pub struct Passwords {
    /// SQL.
    pub(super) store: Store,
    /// Threads that hash passwords.
    pub(super) hashing: Arc<HashPool>,
    /// Sessions of the accounts.
    pub(super) sessions: Arc<Sessions>,
    /// Access tokens revoked before they expire.
    pub(super) revocations: Arc<Revocations>,
    /// Queue of failed sign-ins for the history.
    pub(super) failed_sign_ins: FailedSignIns,
    /// Grants of unlinked identities.
    pub(super) grants: Arc<ProviderGrants>,
    /// Mails to users.
    pub(super) outbox: Outbox,
    /// Current time.
    pub(super) clock: Arc<dyn Clock>,
}
