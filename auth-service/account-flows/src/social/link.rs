//! Linking an account at a provider to the user's own account.

use account_storage::LinkedIdentity;
use accounts::{AccountEvent, AccountEventKind, ClientContext, Identity};
use contracts::ids::{SessionId, UserId};
use mailer::Notification;

use super::error::SocialError;
use super::handle_callback::{CallbackInput, CallbackPurpose};
use super::social_sign_in::SocialSignIn;
use crate::notify_owner::owner_mail;

impl SocialSignIn {
    /// Completes linking an account at a provider. Requires the session in which it was started.
    ///
    /// # Errors
    /// [`SocialError`].
    pub async fn finish_link(
        &self,
        user: UserId,
        session: SessionId,
        input: CallbackInput,
        client: &ClientContext,
    ) -> Result<Identity, SocialError> {
        let verified = self.handle_callback(&input, CallbackPurpose::Link { user, session }).await?;
        let event = AccountEvent {
            user_id: user,
            at: verified.identity.at,
            kind: AccountEventKind::SocialLinked,
            subject: input.provider.as_str().to_owned(),
            address: client.location.address,
        };
        let provider = self.providers.name(&input.provider, client.language);
        let mail = owner_mail(&self.outbox, client, Notification::SocialLinked { provider });
        match self.store.link_identity(user, &verified.identity, &event, Some(&mail)).await? {
            LinkedIdentity::New(identity) => {
                tracing::info!(audit = true, user.id = %user, provider = %input.provider, "social account linked");
                self.outbox.wake();
                Ok(identity)
            }
            LinkedIdentity::Existing(identity) => Ok(identity),
        }
    }
}
