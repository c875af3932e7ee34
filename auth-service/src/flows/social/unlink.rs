//! Unlinking an account at a provider from the user's own account.

use contracts::ids::UserId;
use mailer::Notification;
use uuid::Uuid;

use super::grant;
use crate::domain::{ClientContext, Identity};
use crate::flows::notify_owner::notify_owner;
use crate::state::AppState;
use crate::storage::UnlinkError;

/// Unlinks an identity, and revokes its grant at the provider.
///
/// # Errors
/// [`UnlinkError`]; then nothing was changed.
pub async fn unlink_social_account(
    state: &AppState,
    user: UserId,
    identity: Uuid,
    visit: &ClientContext,
) -> Result<Identity, UnlinkError> {
    let enabled = state.providers.ids();
    let removed = state.store.unlink_identity(user, identity, &enabled, state.now(), visit.place.address).await?;
    tracing::info!(audit = true, user.id = %user, provider = %removed.key.provider, "social account unlinked");
    let provider = state.providers.name(&removed.key.provider, visit.language);
    notify_owner(state, user, visit, Notification::SocialUnlinked { provider }).await;
    grant::withdraw(state, &removed).await;
    Ok(removed)
}
