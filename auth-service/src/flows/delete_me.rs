//! Deleting one's own account.

use contracts::ids::{SessionId, UserId};
use futures_util::future::join_all;
use mailer::Notification;

use super::freshness::is_fresh;
use super::notify_owner::notify_email;
use super::social::withdraw;
use crate::domain::ClientContext;
use crate::state::AppState;
use crate::storage::DeleteUserError;

/// Reasons why the account was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteMeError {
    /// The session is too old: sign in again first.
    #[error("the session is not fresh enough")]
    NotFresh,
    /// The account cannot be deleted, or SQL failed.
    #[error("the account could not be deleted")]
    Delete(#[from] DeleteUserError),
}

/// Deletes the account permanently, with its logins, identities, roles and history. All sessions end here at once and
/// on other replicas within about a second, and the grants of providers are revoked.
///
/// # Errors
/// [`DeleteMeError`]; then nothing was changed.
pub async fn delete_me(
    state: &AppState,
    id: UserId,
    session: SessionId,
    visit: &ClientContext,
) -> Result<(), DeleteMeError> {
    let now = state.now();
    let is_fresh = is_fresh(state, session).await.map_err(DeleteUserError::from)?;
    if !is_fresh.ok_or(DeleteUserError::NoSuchUser)? {
        return Err(DeleteMeError::NotFresh);
    }
    let deleted = state.store.delete_user(id, now).await?;
    state.revocations.cut_off(deleted.cutoff);
    for session in &deleted.sessions {
        state.revocations.end_session(*session, now);
    }
    tracing::info!(audit = true, user.id = %id, "account deleted");
    if let Some(email) = &deleted.user.email {
        notify_email(&state.mails, email, visit, Notification::AccountDeleted);
    }
    join_all(deleted.identities.iter().map(|identity| withdraw(state, identity))).await;
    Ok(())
}
