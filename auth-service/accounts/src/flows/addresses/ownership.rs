//! Ownership of login e-mails. The rules are in a file each.

use std::sync::Arc;

use credentials::hashing::HashPool;
use service_kit::Clock;
use token_verifier::Revocations;

use crate::flows::sessions::Sessions;
use crate::flows::social::ProviderGrants;
use crate::storage::{CodeMailer, Store};

/// Login e-mails of all accounts.
pub struct Addresses {
    /// SQL.
    pub(in crate::flows) store: Store,
    /// Codes, and the mails that carry them.
    pub(in crate::flows) mailer: CodeMailer,
    /// Threads that hash passwords.
    pub(in crate::flows) hashing: Arc<HashPool>,
    /// Sessions of the accounts.
    pub(in crate::flows) sessions: Arc<Sessions>,
    /// Access tokens revoked before they expire.
    pub(in crate::flows) revocations: Arc<Revocations>,
    /// Grants of unlinked identities.
    pub(in crate::flows) grants: Arc<ProviderGrants>,
    /// Current time.
    pub(in crate::flows) clock: Arc<dyn Clock>,
}

impl Addresses {
    /// Codes, and the mails that carry them.
    pub fn mailer(&self) -> &CodeMailer {
        &self.mailer
    }
}
