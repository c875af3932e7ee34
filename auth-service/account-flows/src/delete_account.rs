//! Deleting one's own account.

use account_storage::DeleteUserError;
use accounts::ClientContext;
use contracts::ids::{SessionId, UserId};
use futures_util::future::join_all;
use mailer::Notification;

use super::accounts::Accounts;
use super::notify_owner::owner_mail;

/// Reasons why the account was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteAccountError {
    /// The session is too old: sign in again first.
    #[error("the session is not fresh enough")]
    NotFresh,
    /// The account cannot be deleted, or SQL failed.
    #[error("the account could not be deleted")]
    Delete(#[from] DeleteUserError),
}

impl Accounts {
    /// Deletes the account permanently, with its logins, identities, roles and history. All sessions end here at once
    /// and on other replicas within about a second, and the grants of providers are revoked.
    ///
    /// # Errors
    /// [`DeleteAccountError`]; then nothing was changed.
    pub async fn delete(
        &self,
        id: UserId,
        session: SessionId,
        client: &ClientContext,
    ) -> Result<(), DeleteAccountError> {
        let now = self.clock.now();
        let is_fresh = self.sessions.is_fresh(session).await.map_err(DeleteUserError::from)?;
        if !is_fresh.ok_or(DeleteUserError::NoSuchUser)? {
            return Err(DeleteAccountError::NotFresh);
        }
        let mail = owner_mail(&self.outbox, client, Notification::AccountDeleted);
        let deleted = self.store.delete_user(id, now, Some(&mail)).await?;
        self.revocations.cut_off(deleted.cutoff);
        for session in &deleted.sessions {
            self.revocations.end_session(*session, now);
        }
        tracing::info!(audit = true, user.id = %id, "account deleted");
        self.outbox.wake();
        join_all(deleted.identities.iter().map(|identity| self.grants.withdraw(identity))).await;
        Ok(())
    }
}
