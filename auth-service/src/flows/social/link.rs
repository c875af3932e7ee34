//! Linking an account at a provider to the user's own account.

use contracts::ids::{SessionId, UserId};
use mailer::Notification;

use super::error::SocialError;
use super::handle_callback::{CallbackInput, CallbackPurpose, handle_callback};
use crate::domain::{AccountEvent, AccountEventKind, ClientContext, Identity};
use crate::flows::notify_owner::notify_owner;
use crate::state::AppState;
use crate::storage::LinkedIdentity;

/// Completes linking an account at a provider. Requires the session in which it was started.
///
/// # Errors
/// [`SocialError`].
pub async fn finish_social_link(
    state: &AppState,
    user: UserId,
    session: SessionId,
    input: CallbackInput,
    visit: &ClientContext,
) -> Result<Identity, SocialError> {
    let verified = handle_callback(state, &input, CallbackPurpose::Link { user, session }).await?;
    let event = AccountEvent {
        user_id: user,
        at: verified.identity.at,
        kind: AccountEventKind::SocialLinked,
        subject: input.provider.as_str().to_owned(),
        address: visit.place.address,
    };
    match state.store.link_identity(user, &verified.identity, &event).await? {
        LinkedIdentity::Now(identity) => {
            tracing::info!(audit = true, user.id = %user, provider = %input.provider, "social account linked");
            let provider = state.providers.name(&input.provider, visit.language);
            notify_owner(state, user, visit, Notification::SocialLinked { provider }).await;
            Ok(identity)
        }
        LinkedIdentity::Before(identity) => Ok(identity),
    }
}
