//! Replays of refresh tokens: the end of the session, and the mail to its owner.

use accounts::{EndReason, SessionRecord};
use chrono::{DateTime, Utc};
use service_kit::database::DatabaseError;

use super::identities::lock_user;
use super::outbox::{MailDraft, enqueue_to_owner};
use super::sessions::end;
use super::store::Store;

impl Store {
    /// Ends a session after a replay of its refresh token, and mails the owner of the account, atomically. `false` when it
    /// had already ended or does not exist; then there is no mail.
    ///
    /// # Errors
    /// When the database is unavailable; then the session has not ended.
    pub async fn end_replayed_session(
        &self,
        session: &SessionRecord,
        at: DateTime<Utc>,
        mail: Option<&MailDraft>,
    ) -> Result<bool, DatabaseError> {
        self.write(async |tx| {
            // The account before its sessions: other changes lock them in this order.
            let owner = lock_user(tx, session.user.id).await?;
            if !end(tx, session.id, EndReason::Replay, at).await? {
                return Ok(false);
            }
            enqueue_to_owner(tx, owner.and_then(|user| user.email).as_ref(), mail).await?;
            Ok(true)
        })
        .await
    }
}
