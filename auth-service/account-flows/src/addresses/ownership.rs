//! Ownership of login e-mails. The rules are in a file each.

use std::sync::Arc;

use account_storage::{CodeMailer, Store};
use credentials::hashing::HashPool;
use service_kit::Clock;
use token_verifier::Revocations;

use crate::sessions::Sessions;
use crate::social::ProviderGrants;

/// Login e-mails of all accounts.
pub struct Addresses {
    /// SQL.
    pub(crate) store: Store,
    /// Codes, and the mails that carry them.
    pub(crate) mailer: CodeMailer,
    /// Threads that hash passwords.
    pub(crate) hashing: Arc<HashPool>,
    /// Sessions of the accounts.
    pub(crate) sessions: Arc<Sessions>,
    /// Access tokens revoked before they expire.
    pub(crate) revocations: Arc<Revocations>,
    /// Grants of unlinked identities.
    pub(crate) grants: Arc<ProviderGrants>,
    /// Current time.
    pub(crate) clock: Arc<dyn Clock>,
}

impl Addresses {
    /// Codes, and the mails that carry them.
    pub fn mailer(&self) -> &CodeMailer {
        &self.mailer
    }
}
