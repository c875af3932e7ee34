//! Signing out.

use contracts::ids::SessionId;

use crate::domain::EndReason;
use crate::state::AppState;
use crate::storage::StorageError;

/// Ends a session: its refresh tokens at once, its access tokens here at once and on other replicas within about a
/// second. Idempotent.
///
/// # Errors
/// When the database is unavailable; then the session has not ended.
pub async fn log_out(state: &AppState, session: SessionId) -> Result<(), StorageError> {
    let now = state.now();
    let ended = state.store.end_session(session, EndReason::LoggedOut, now).await?;
    state.revocations.end_session(session, now);
    if ended {
        tracing::info!(session.id = %session, "signed out");
    }
    Ok(())
}
