//! Signing out.

use accounts::EndReason;
use contracts::ids::SessionId;
use service_kit::database::DatabaseError;

use super::sessions::Sessions;

impl Sessions {
    /// Session of a refresh token or of an access token that was issued here and has not expired; `None` for anything
    /// else. Needs no SQL: the session may have ended.
    pub fn session_of(&self, token: &str) -> Option<SessionId> {
        let of_refresh = || self.refresh_tokens.read(token).map(|token| token.session());
        let of_access = || self.access_tokens.verify(token, self.clock.now()).ok().map(|claims| claims.sid);
        of_refresh().or_else(of_access)
    }

    /// Ends a session: its refresh tokens at once, its access tokens here at once and on other replicas within about a
    /// second. Idempotent.
    ///
    /// # Errors
    /// When the database is unavailable; then the session has not ended.
    pub async fn log_out(&self, session: SessionId) -> Result<(), DatabaseError> {
        let now = self.clock.now();
        let ended = self.store.end_session(session, EndReason::LoggedOut, now).await?;
        self.revocations.end_session(session, now);
        if ended {
            tracing::info!(session.id = %session, "signed out");
        }
        Ok(())
    }
}
