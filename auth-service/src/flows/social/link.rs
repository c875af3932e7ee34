//! Linking an account at a provider to one's own account.

use contracts::ids::{SessionId, UserId};

use super::arrive::{Finish, Wanted, arrive};
use super::error::SocialError;
use crate::domain::{AccountEvent, AccountEventKind, Identity, Visit};
use crate::flows::tell::tell;
use crate::mails::Notice;
use crate::state::AppState;
use crate::storage::LinkOutcome;

/// Links the account at the provider that the browser came back with. It takes the session in which it began.
///
/// # Errors
/// [`SocialError`].
pub async fn finish_social_link(
    state: &AppState,
    user: UserId,
    session: SessionId,
    finish: Finish,
    visit: &Visit,
) -> Result<Identity, SocialError> {
    let arrived = arrive(state, &finish, Wanted::Link { user, session }).await?;
    let event = AccountEvent {
        user_id: user,
        at: arrived.identity.at,
        kind: AccountEventKind::SocialLinked,
        subject: finish.provider.as_str().to_owned(),
        address: visit.place.address,
    };
    match state.store.link_identity(user, &arrived.identity, &event).await? {
        LinkOutcome::Linked(identity) => {
            tracing::info!(audit = true, user.id = %user, provider = %finish.provider, "social account linked");
            let provider = state.providers.name(&finish.provider, visit.language);
            tell(state, user, visit, Notice::SocialLinked { provider }).await;
            Ok(identity)
        }
        LinkOutcome::Mine(identity) => Ok(identity),
        LinkOutcome::Taken => Err(SocialError::AccountTaken),
        LinkOutcome::TooMany => Err(SocialError::TooMany),
        LinkOutcome::NoSuchUser => Err(SocialError::NoSuchUser),
    }
}
