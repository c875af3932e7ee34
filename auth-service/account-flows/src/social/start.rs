//! Start of an authorization request to a provider.

use account_storage::LinkError;
use accounts::ClientKind;
use contracts::auth::social::ProviderId;
use contracts::ids::{SessionId, UserId};
use contracts::{Language, Secret};
use url::Url;

use super::callback;
use super::error::SocialError;
use super::login_state::{LoginState, Purpose, TTL};
use super::social_sign_in::SocialSignIn;
use crate::token_pair::IssueError;

/// An authorization request for a browser.
#[derive(Debug)]
pub struct AuthorizationUrl {
    /// URL to redirect to.
    pub url: Url,
    /// The sealed login state, required with the callback. Only its holder can complete the flow.
    pub ticket: Secret,
    /// The id of this transaction, derived from its `state`.
    pub transaction: String,
    /// Time limit for completion, in seconds.
    pub expires_in: u64,
}

impl SocialSignIn {
    /// Starts a sign-in with a provider.
    ///
    /// # Errors
    /// [`SocialError`].
    pub async fn start_sign_in(
        &self,
        provider: &ProviderId,
        channel: ClientKind,
        language: Language,
    ) -> Result<AuthorizationUrl, SocialError> {
        self.start(provider, Purpose::SignIn, channel, language).await
    }

    /// Starts linking an account at a provider to the account of a session, which must be fresh: a link outlives every
    /// token. It can be completed in that session only.
    ///
    /// # Errors
    /// [`SocialError`].
    pub async fn start_link(
        &self,
        user: UserId,
        session: SessionId,
        provider: &ProviderId,
        channel: ClientKind,
        language: Language,
    ) -> Result<AuthorizationUrl, SocialError> {
        if !self.sessions.is_fresh(session).await?.ok_or(LinkError::NoSuchUser)? {
            return Err(SocialError::NotFresh);
        }
        self.start(provider, Purpose::Link { user, session }, channel, language).await
    }

    async fn start(
        &self,
        provider: &ProviderId,
        purpose: Purpose,
        channel: ClientKind,
        language: Language,
    ) -> Result<AuthorizationUrl, SocialError> {
        let enabled = self.providers.find(provider).ok_or(SocialError::NoSuchProvider)?;
        let redirect_uri = self.redirect_uris.find(provider, channel).ok_or(SocialError::NoAppRedirect)?;
        let login_state = LoginState::new(provider, purpose, channel, self.clock.now()).ok_or(IssueError::NoRandom)?;
        let url = enabled.provider.authorize_url(&login_state.authorization_request(&redirect_uri, language)).await?;
        let sealed = self.login_states.seal(&login_state).ok_or(IssueError::NoRandom)?;
        let transaction = callback::transaction_id(&login_state.state);
        Ok(AuthorizationUrl { url, ticket: sealed, transaction, expires_in: TTL.num_seconds().unsigned_abs() })
    }
}
