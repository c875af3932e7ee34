//! Deletion of accounts by operators.

use accounts::{AuditAction, AuditContext};
use contracts::ids::UserId;

use super::record;
use crate::deletions::{DeleteUserError, Deleted, delete};
use crate::outbox::MailDraft;
use crate::store::Store;

impl Store {
    /// Deletes an account, as [`Store::delete_user`], on behalf of an operator.
    ///
    /// # Errors
    /// [`DeleteUserError`].
    pub async fn delete_user_for_operator(
        &self,
        id: UserId,
        context: &AuditContext,
        mail: Option<&MailDraft>,
    ) -> Result<Deleted, DeleteUserError> {
        self.write(async |tx| {
            let result = delete(tx, id, context.at, mail).await?;
            record(tx, (context, AuditAction::DeleteUser), id, &result, |_| true).await?;
            Ok(result)
        })
        .await?
    }
}
