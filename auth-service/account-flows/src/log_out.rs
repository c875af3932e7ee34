//! Signing out.

use accounts::EndReason;
use contracts::ids::SessionId;
use service_kit::database::DatabaseError;

use super::sessions::Sessions;

/// A token that was issued here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PresentedToken {
    /// A refresh token or an access token of this session.
    OfSession(SessionId),
    /// An access token of this client itself.
    OfClient(String),
}

impl Sessions {
    /// Reads a token that was issued here; `None` for anything else and for access tokens that have expired. Needs no
    /// SQL: the session may have ended.
    pub fn read_token(&self, token: &str) -> Option<PresentedToken> {
        if let Some(refresh) = self.refresh_tokens.read(token) {
            return Some(PresentedToken::OfSession(refresh.session()));
        }
        match self.access_tokens.verify(token, self.clock.now()) {
            Ok(claims) => Some(PresentedToken::OfSession(claims.sid)),
            Err(_) => self.check_client_token(token).map(|claims| PresentedToken::OfClient(claims.client_id)),
        }
    }

    /// Ends a session of this OAuth client. `false` when it belongs to another one; a session that does not exist belongs
    /// to all (RFC 7009 §2.2).
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn revoke(&self, session: SessionId, client_id: &str) -> Result<bool, DatabaseError> {
        match self.store.find_session(session).await? {
            Some(found) if found.grant.client_id != client_id => Ok(false),
            Some(_) => self.log_out(session).await.map(|()| true),
            None => Ok(true),
        }
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
