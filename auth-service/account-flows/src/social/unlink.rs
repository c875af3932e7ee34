//! Unlinking an account at a provider from the user's own account.

use account_storage::UnlinkError;
use accounts::{ClientContext, Identity};
use contracts::auth::social::ProviderId;
use contracts::ids::{SessionId, UserId};
use mailer::Notification;
use uuid::Uuid;

use super::social_sign_in::SocialSignIn;
use crate::notify_owner::owner_mail;

/// Reasons why an account at a provider was not unlinked; nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum UnlinkAccountError {
    /// The session is too old: sign in again first.
    #[error("the session is not fresh enough")]
    NotFresh,
    /// The account does not permit it, or SQL failed.
    #[error("the account at the provider could not be unlinked")]
    Unlink(#[from] UnlinkError),
}

impl SocialSignIn {
    /// Unlinks an identity, and revokes its grant at the provider. The session must be fresh: a stolen token must not
    /// take sign-in methods from their owner.
    ///
    /// # Errors
    /// [`UnlinkAccountError`].
    pub async fn unlink(
        &self,
        user: UserId,
        session: SessionId,
        identity: Uuid,
        client: &ClientContext,
    ) -> Result<Identity, UnlinkAccountError> {
        let is_fresh = self.sessions.is_fresh(session).await.map_err(UnlinkError::from)?;
        if !is_fresh.ok_or(UnlinkError::NoSuchUser)? {
            return Err(UnlinkAccountError::NotFresh);
        }
        let enabled = self.providers.ids();
        let mail = |provider: &ProviderId| {
            let provider = self.providers.name(provider, client.language);
            Some(owner_mail(&self.outbox, client, Notification::SocialUnlinked { provider }))
        };
        let (now, address) = (self.clock.now(), client.location.address);
        let removed = self.store.unlink_identity(user, identity, &enabled, now, address, mail).await?;
        tracing::info!(audit = true, user.id = %user, provider = %removed.key.provider, "social account unlinked");
        self.outbox.wake();
        self.grants.withdraw(&removed).await;
        Ok(removed)
    }
}
