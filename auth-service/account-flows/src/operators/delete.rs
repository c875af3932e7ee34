//! Deletion of an account by an operator.

use account_storage::DeleteUserError;
use accounts::AuditContext;
use contracts::ids::UserId;
use futures_util::future::join_all;
use mailer::OperatorAct;

use super::Operators;

impl Operators {
    /// Deletes an account permanently, as its owner could.
    ///
    /// # Errors
    /// [`DeleteUserError`]; then nothing was changed.
    pub async fn delete(&self, user: UserId, context: &AuditContext) -> Result<(), DeleteUserError> {
        let mail = self.mail(OperatorAct::Deleted);
        let deleted = self.store.delete_user_for_operator(user, context, Some(&mail)).await?;
        self.revocations.cut_off(deleted.cutoff);
        for session in &deleted.sessions {
            self.revocations.end_session(*session, context.at);
        }
        tracing::info!(audit = true, user.id = %user, "account deleted by an operator");
        self.outbox.wake();
        join_all(deleted.identities.iter().map(|identity| self.grants.withdraw(identity))).await;
        Ok(())
    }
}
