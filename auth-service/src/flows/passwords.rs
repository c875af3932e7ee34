//! Passwords of accounts: verified at a sign-in, changed, set for the first time and reset. The rules are in a file
//! each.

use std::sync::Arc;

use credentials::hashing::HashPool;
use mailer::MailQueue;
use service_kit::Clock;
use social_providers::Providers;
use token_verifier::Revocations;

use super::sessions::Sessions;
use super::social::ProviderGrants;
use crate::history::FailedSignIns;
use crate::storage::Store;

/// Passwords of all accounts.
pub struct Passwords {
    /// SQL.
    pub store: Store,
    /// Threads that hash passwords.
    pub hashing: Arc<HashPool>,
    /// Sessions of the accounts.
    pub sessions: Arc<Sessions>,
    /// Access tokens revoked before they expire.
    pub revocations: Arc<Revocations>,
    /// Queue of failed sign-ins for the history.
    pub failed_sign_ins: FailedSignIns,
    /// Names of providers in mails.
    pub providers: Providers,
    /// Grants of unlinked identities.
    pub grants: Arc<ProviderGrants>,
    /// Queue of mails to users.
    pub mails: Arc<MailQueue>,
    /// Current time.
    pub clock: Arc<dyn Clock>,
}
