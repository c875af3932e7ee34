//! Ending all sessions of an account.

use accounts::{AuditAction, AuditContext, EndReason};
use contracts::ids::UserId;

use super::status::NONE;
use super::{Acted, OperatorActError};
use crate::active_sessions::end_others;
use crate::identities::lock_user;
use crate::outbox::MailDraft;
use crate::store::Store;

impl Store {
    /// Ends all sessions and access tokens of an account, and with them its known devices.
    ///
    /// # Errors
    /// [`OperatorActError`].
    pub async fn end_user_sessions(
        &self,
        id: UserId,
        context: &AuditContext,
        mail: Option<&MailDraft>,
    ) -> Result<Acted, OperatorActError> {
        self.act(AuditAction::EndUserSessions, id, (context, mail), async |tx| {
            let Some(user) = lock_user(tx, id).await? else { return Ok(Err(OperatorActError::NoSuchUser)) };
            let cutoff = Some(end_others(tx, id, NONE, EndReason::EndedByOperator, context.at).await?);
            Ok(Ok(Acted { user, changed: true, cutoff }))
        })
        .await
    }
}
