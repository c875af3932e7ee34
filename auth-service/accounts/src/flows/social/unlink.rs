//! Unlinking an account at a provider from the user's own account.

use contracts::ids::UserId;
use mailer::Notification;
use uuid::Uuid;

use super::social_sign_in::SocialSignIn;
use crate::domain::{ClientContext, Identity};
use crate::flows::notify_owner::notify_owner;
use crate::storage::UnlinkError;

impl SocialSignIn {
    /// Unlinks an identity, and revokes its grant at the provider.
    ///
    /// # Errors
    /// [`UnlinkError`]; then nothing was changed.
    pub async fn unlink(&self, user: UserId, identity: Uuid, client: &ClientContext) -> Result<Identity, UnlinkError> {
        let enabled = self.providers.ids();
        let removed =
            self.store.unlink_identity(user, identity, &enabled, self.clock.now(), client.location.address).await?;
        tracing::info!(audit = true, user.id = %user, provider = %removed.key.provider, "social account unlinked");
        let provider = self.providers.name(&removed.key.provider, client.language);
        notify_owner(&self.store, &self.mails, user, client, Notification::SocialUnlinked { provider }).await;
        self.grants.withdraw(&removed).await;
        Ok(removed)
    }
}
