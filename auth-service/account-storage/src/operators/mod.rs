//! Acts of operators on accounts. Each runs in one transaction with its audit event: no act without a trace, and no
//! trace of an act that was not committed. A rejected act writes nothing but its event.

mod birth_date;
mod create_admin;
mod delete;
mod email;
mod lookups;
mod sessions;
mod status;
mod unlocks;

use accounts::{AuditAction, AuditContext, AuditEvent, AuditOutcome, User};
use contracts::ids::UserId;
use sea_orm::{DatabaseTransaction, DbErr};
use service_kit::database::DatabaseError;
use token_verifier::Cutoff;

use super::audit_events;
use super::deletions::DeleteUserError;
use super::outbox::{MailDraft, enqueue_to_owner};
use super::store::Store;

pub use lookups::MAX_LOGIN_OWNERS;
pub use lookups::{FoundUser, UserSearch};
pub use unlocks::UNLOCKS_KEPT;

/// Reasons why an act was rejected; nothing but its audit event was written.
#[derive(Debug, thiserror::Error)]
pub enum OperatorActError {
    /// There is no such account.
    #[error("there is no such account")]
    NoSuchUser,
    /// No other administrator could sign in, or operators would disable themselves.
    #[error("the last administrator stays; operators do not disable themselves")]
    LastAdmin,
    /// The account has no e-mail.
    #[error("the account has no e-mail")]
    NoEmail,
    /// SQL failed.
    #[error("the account could not be read or changed")]
    Storage(#[from] DatabaseError),
}

/// An account after an act on it.
#[derive(Debug, Clone)]
pub struct Acted {
    /// The account before the act.
    pub user: User,
    /// `false` when nothing had to be changed.
    pub changed: bool,
    /// Cut-off of its access tokens, if they have ended.
    pub cutoff: Option<Cutoff>,
}

/// Outcome of a rejection, as its audit event has it.
pub(super) trait Rejection {
    /// `None` when SQL failed: then nothing can be recorded either.
    fn outcome(&self) -> Option<AuditOutcome>;
}

impl Rejection for OperatorActError {
    fn outcome(&self) -> Option<AuditOutcome> {
        match self {
            Self::NoSuchUser => Some(AuditOutcome::UserNotFound),
            Self::LastAdmin => Some(AuditOutcome::LastAdmin),
            Self::NoEmail => Some(AuditOutcome::NoEmail),
            Self::Storage(_) => None,
        }
    }
}

impl Rejection for DeleteUserError {
    fn outcome(&self) -> Option<AuditOutcome> {
        match self {
            Self::NoSuchUser => Some(AuditOutcome::UserNotFound),
            Self::LastAdmin => Some(AuditOutcome::LastAdmin),
            Self::Storage(_) => None,
        }
    }
}

/// Records the outcome of an act on `user` in its transaction. `changed`: of a success, whether it changed anything.
async fn record<T, E: Rejection>(
    tx: &DatabaseTransaction,
    (context, action): (&AuditContext, AuditAction),
    user: UserId,
    result: &Result<T, E>,
    changed: impl Fn(&T) -> bool,
) -> Result<(), DbErr> {
    let outcome = match result {
        Ok(value) if changed(value) => AuditOutcome::Done,
        Ok(_) => AuditOutcome::Unchanged,
        Err(error) => match error.outcome() {
            Some(outcome) => outcome,
            None => return Ok(()),
        },
    };
    audit_events::insert(tx, &AuditEvent { context, action, user_id: Some(user), subject: "", outcome }).await
}

impl Store {
    /// Runs an act on `user`, records it, and mails the owner when it changed something, in one transaction.
    async fn act(
        &self,
        action: AuditAction,
        user: UserId,
        (context, mail): (&AuditContext, Option<&MailDraft>),
        work: impl AsyncFn(&DatabaseTransaction) -> Result<Result<Acted, OperatorActError>, DbErr>,
    ) -> Result<Acted, OperatorActError> {
        self.write(async |tx| {
            let result = work(tx).await?;
            record(tx, (context, action), user, &result, |acted| acted.changed).await?;
            if let Ok(Acted { user, changed: true, .. }) = &result {
                enqueue_to_owner(tx, user.email.as_ref(), mail).await?;
            }
            Ok(result)
        })
        .await?
    }
}
