//! Unlinking an account at a provider from the user's own account.

use contracts::auth::social::ProviderId;
use contracts::ids::UserId;
use mailer::Notification;
use uuid::Uuid;

use super::social_sign_in::SocialSignIn;
use crate::domain::{ClientContext, Identity};
use crate::flows::notify_owner::owner_mail;
use crate::storage::UnlinkError;

impl SocialSignIn {
    /// Unlinks an identity, and revokes its grant at the provider.
    ///
    /// # Errors
    /// [`UnlinkError`]; then nothing was changed.
    pub async fn unlink(&self, user: UserId, identity: Uuid, client: &ClientContext) -> Result<Identity, UnlinkError> {
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
