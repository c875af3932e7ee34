//! Taking an account at a provider off one's own account.

use contracts::ids::UserId;
use uuid::Uuid;

use super::grant;
use crate::domain::{Identity, Visit};
use crate::flows::tell::tell;
use crate::mails::Notice;
use crate::state::AppState;
use crate::storage::{StorageError, UnlinkOutcome};

/// Why it is still linked.
#[derive(Debug, thiserror::Error)]
pub enum UnlinkError {
    /// The account has no such identity.
    #[error("no such account is linked")]
    NotLinked,
    /// Nobody could sign in any more.
    #[error("this is the last way in")]
    LastWayIn,
    /// The account is gone.
    #[error("there is no such account")]
    NoSuchUser,
    /// SQL failed.
    #[error("the account could not be changed")]
    Storage(#[from] StorageError),
}

/// Unlinks an identity, and withdraws at the provider what was granted there.
///
/// # Errors
/// [`UnlinkError`]; nothing has changed then.
pub async fn unlink_social_account(
    state: &AppState,
    user: UserId,
    identity: Uuid,
    visit: &Visit,
) -> Result<Identity, UnlinkError> {
    let offered = state.providers.ids();
    match state.store.unlink_identity(user, identity, &offered, state.now(), visit.place.address).await? {
        UnlinkOutcome::Unlinked(gone) => {
            tracing::info!(audit = true, user.id = %user, provider = %gone.key.provider, "social account unlinked");
            let provider = state.providers.name(&gone.key.provider, visit.language);
            tell(state, user, visit, Notice::SocialUnlinked { provider }).await;
            grant::withdraw(state, &gone).await;
            Ok(gone)
        }
        UnlinkOutcome::NotLinked => Err(UnlinkError::NotLinked),
        UnlinkOutcome::LastWayIn => Err(UnlinkError::LastWayIn),
        UnlinkOutcome::NoSuchUser => Err(UnlinkError::NoSuchUser),
    }
}
