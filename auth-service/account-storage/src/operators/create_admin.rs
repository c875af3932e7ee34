//! Creation of administrators, with its audit event.

use accounts::{AuditAction, AuditContext, AuditEvent, AuditOutcome, NewUser};

use crate::audit_events;
use crate::store::Store;
use crate::users::{InsertUserError, insert};

impl Store {
    /// Inserts the account of an administrator. A rejected creation writes nothing but its event, which names no account.
    ///
    /// # Errors
    /// [`InsertUserError`].
    pub async fn create_admin(&self, new: &NewUser, context: &AuditContext) -> Result<(), InsertUserError> {
        self.write_in_cell(new.key.cell, async |tx| {
            let result = insert(tx, new).await?;
            let (user_id, outcome) = match &result {
                Ok(()) => (Some(new.key.id), AuditOutcome::Done),
                Err(InsertUserError::EmailTaken) => (None, AuditOutcome::EmailTaken),
                Err(InsertUserError::FormConsumed | InsertUserError::Storage(_)) => return Ok(result),
            };
            let action = AuditAction::CreateAdmin;
            audit_events::insert(tx, &AuditEvent { context, action, user_id, subject: "", outcome }).await?;
            Ok(result)
        })
        .await?
    }
}
