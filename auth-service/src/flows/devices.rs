//! Where somebody is signed in, and signing out there.

use contracts::ids::{SessionId, UserId};

use super::log_out::log_out;
use crate::domain::{EndReason, OpenSession};
use crate::state::AppState;
use crate::storage::StorageError;

/// How many sessions are listed; whoever has more sees those that were used last.
pub const MAX_LISTED: u64 = 100;

/// Why a session was not ended.
#[derive(Debug, thiserror::Error)]
pub enum EndSessionError {
    /// There is none, or it is somebody else's; which one is not told.
    #[error("there is no such session of this account")]
    NotFound,
    /// SQL failed.
    #[error("the session could not be read or ended")]
    Storage(#[from] StorageError),
}

/// Where somebody is signed in, the session that was used last first.
///
/// # Errors
/// When the database is away.
pub async fn list_sessions(state: &AppState, user: UserId) -> Result<Vec<OpenSession>, StorageError> {
    state.store.list_open_sessions(user, state.now(), MAX_LISTED).await
}

/// Ends a session of `user`. Doing it again changes nothing.
///
/// # Errors
/// [`EndSessionError`].
pub async fn end_session(state: &AppState, user: UserId, session: SessionId) -> Result<(), EndSessionError> {
    let found = state.store.find_session(session).await?;
    if found.is_none_or(|found| found.user.id != user) {
        return Err(EndSessionError::NotFound);
    }
    Ok(log_out(state, session).await?)
}

/// Ends all sessions of `user` but `keep`, whose refresh tokens go on; access tokens from before are dead, whosever
/// session they are of.
///
/// # Errors
/// When the database is away; then nothing has ended.
pub async fn log_out_others(state: &AppState, user: UserId, keep: SessionId) -> Result<(), StorageError> {
    let cutoff = state.store.end_other_sessions(user, keep, EndReason::LoggedOut, state.now()).await?;
    state.revocations.cut_off(cutoff);
    tracing::info!(user.id = %user, session.id = %keep, "signed out everywhere else");
    Ok(())
}
