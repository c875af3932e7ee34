//! Active sessions of a user, and ending them.

use accounts::{MAX_SESSIONS, OpenSession};
use contracts::ids::{SessionId, UserId};
use service_kit::database::DatabaseError;

use super::sessions::Sessions;

/// Reasons why a session was not ended.
#[derive(Debug, thiserror::Error)]
pub enum EndSessionError {
    /// The session does not exist or belongs to another user; the error does not distinguish these cases.
    #[error("there is no such session of this account")]
    NotFound,
    /// SQL failed.
    #[error("the session could not be read or ended")]
    Storage(#[from] DatabaseError),
}

impl Sessions {
    /// Active sessions of a user, the most recently used one first.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn list(&self, user: UserId) -> Result<Vec<OpenSession>, DatabaseError> {
        self.store.list_open_sessions(user, self.clock.now(), MAX_SESSIONS).await
    }

    /// Ends a session of `user`. Idempotent.
    ///
    /// # Errors
    /// [`EndSessionError`].
    pub async fn end(&self, user: UserId, session: SessionId) -> Result<(), EndSessionError> {
        let found = self.store.find_session(session).await?;
        if found.is_none_or(|found| found.user.id != user) {
            return Err(EndSessionError::NotFound);
        }
        Ok(self.log_out(session).await?)
    }
}
