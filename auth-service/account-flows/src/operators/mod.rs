//! Help by operators: accounts found, looked at, disabled, unlocked, corrected and deleted. Commands, API and page call
//! the same methods, and each call is recorded as an audit event.

mod acts;
mod audit_log;
mod delete;
mod lookups;

use std::sync::Arc;

use account_storage::Store;
use account_storage::outbox::MailDraft;
use contracts::ids::SessionId;
use mailer::OperatorAct;
use outbox::Outbox;
use service_kit::Clock;
use service_kit::database::DatabaseError;
use token_verifier::Revocations;

use super::caches::SharedRegionMap;
use super::notify_owner::operator_mail;
use super::sessions::Sessions;
use super::social::ProviderGrants;
use super::unlocks::Unlocks;

pub use acts::CorrectBirthDateError;
pub use audit_log::AuditLogError;
pub use lookups::{FindUsersError, SearchPage, UserDetails};

/// Acts of operators.
pub struct Operators {
    /// SQL.
    pub(super) store: Store,
    /// Sessions of the accounts.
    pub(super) sessions: Arc<Sessions>,
    /// Access tokens revoked before they expire.
    pub(super) revocations: Arc<Revocations>,
    /// Unlocked accounts.
    pub(super) unlocks: Arc<Unlocks>,
    /// Calendars of regions.
    pub(super) region_map: SharedRegionMap,
    /// Grants of deleted accounts.
    pub(super) grants: Arc<ProviderGrants>,
    /// Mails to users.
    pub(super) outbox: Outbox,
    /// Current time.
    pub(super) clock: Arc<dyn Clock>,
}

/// Reasons why an operator may not act now.
#[derive(Debug, thiserror::Error)]
pub enum OperatorSessionError {
    /// The session is too old: sign in again first.
    #[error("the session is not fresh enough")]
    NotFresh,
    /// The session is unknown.
    #[error("there is no such session")]
    NoSuchSession,
    /// SQL failed.
    #[error("the session could not be read")]
    Storage(#[from] DatabaseError),
}

impl Operators {
    /// Mail to the owner of an account about an act.
    fn mail(&self, act: OperatorAct) -> MailDraft {
        operator_mail(&self.outbox, act)
    }

    /// Checks that the operator has signed in recently: a stolen token must not be sufficient.
    ///
    /// # Errors
    /// [`OperatorSessionError`].
    pub async fn check_session(&self, session: SessionId) -> Result<(), OperatorSessionError> {
        match self.sessions.is_fresh(session).await? {
            Some(true) => Ok(()),
            Some(false) => Err(OperatorSessionError::NotFresh),
            None => Err(OperatorSessionError::NoSuchSession),
        }
    }
}
