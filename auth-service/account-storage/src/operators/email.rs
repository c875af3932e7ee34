//! The e-mail of an account: freed from a stranger's or a mistyped claim, or proved by an operator.

use accounts::{AuditAction, AuditContext, Email, User};
use contracts::ids::UserId;
use sea_orm::{DatabaseTransaction, DbErr};

use super::lookups::find;
use super::{Acted, OperatorActError};
use crate::identities::lock_user;
use crate::logins::{free_login, lock_login, prove_login};
use crate::outbox::MailDraft;
use crate::role_lock::{is_last_admin, lock_roles};
use crate::store::Store;

impl Store {
    /// Removes the e-mail of an account, which keeps everything else: its sessions, identities and password. Afterwards
    /// anyone may sign up with the e-mail.
    ///
    /// # Errors
    /// [`OperatorActError`].
    pub async fn free_email(
        &self,
        id: UserId,
        context: &AuditContext,
        mail: Option<&MailDraft>,
    ) -> Result<Acted, OperatorActError> {
        self.act(AuditAction::FreeEmail, id, (context, mail), async |tx| {
            lock_roles(tx).await?;
            let (user, email) = match lock_email(tx, id).await? {
                Ok(locked) => locked,
                Err(error) => return Ok(Err(error)),
            };
            if is_last_admin(tx, id).await? {
                return Ok(Err(OperatorActError::LastAdmin)); // by password no one could sign in any more
            }
            free_login(tx, user.key, &email, context.at).await?;
            Ok(Ok(Acted { user, changed: true, cutoff: None }))
        })
        .await
    }

    /// Marks the e-mail of an account as proved, as a code from its mailbox does.
    ///
    /// # Errors
    /// [`OperatorActError`].
    pub async fn prove_email(
        &self,
        id: UserId,
        context: &AuditContext,
        mail: Option<&MailDraft>,
    ) -> Result<Acted, OperatorActError> {
        self.act(AuditAction::ProveEmail, id, (context, mail), async |tx| {
            let (user, email) = match lock_email(tx, id).await? {
                Ok(locked) => locked,
                Err(error) => return Ok(Err(error)),
            };
            let changed = prove_login(tx, id, &email, context.at).await?;
            Ok(Ok(Acted { user, changed, cutoff: None }))
        })
        .await
    }
}

/// The account and its e-mail, with locks on the login first and then on the row of the directory.
async fn lock_email(tx: &DatabaseTransaction, id: UserId) -> Result<Result<(User, Email), OperatorActError>, DbErr> {
    if let Some(email) = find(tx, id).await?.and_then(|user| user.email) {
        lock_login(tx, &email).await?;
    }
    let Some(user) = lock_user(tx, id).await? else { return Ok(Err(OperatorActError::NoSuchUser)) };
    let Some(email) = user.email.clone() else { return Ok(Err(OperatorActError::NoEmail)) };
    Ok(Ok((user, email)))
}
