//! Deletion of an account by an operator.

use contracts::ids::UserId;
use futures_util::future::join_all;
use mailer::Notification;

use super::Operators;
use crate::domain::{AuditContext, ClientContext};
use crate::flows::notify_owner::notify_email;
use crate::storage::DeleteUserError;

impl Operators {
    /// Deletes an account permanently, as its owner could.
    ///
    /// # Errors
    /// [`DeleteUserError`]; then nothing was changed.
    pub async fn delete(&self, user: UserId, context: &AuditContext) -> Result<(), DeleteUserError> {
        let deleted = self.store.delete_user_for_operator(user, context).await?;
        self.revocations.cut_off(deleted.cutoff);
        for session in &deleted.sessions {
            self.revocations.end_session(*session, context.at);
        }
        tracing::info!(audit = true, user.id = %user, "account deleted by an operator");
        if let Some(email) = &deleted.user.email {
            notify_email(&self.mails, email, &ClientContext::default(), Notification::AccountDeleted);
        }
        join_all(deleted.identities.iter().map(|identity| self.grants.withdraw(identity))).await;
        Ok(())
    }
}
