//! Callback handling shared by sign-ins and links.

use accounts::{ClientKind, IdentityKey, NewIdentity};
use contracts::Secret;
use contracts::auth::social::ProviderId;
use contracts::ids::{SessionId, UserId};
use social_providers::{AuthorizationResponse, CodeUse, EnabledProvider, OAuthError, ProviderError};
use subtle::ConstantTimeEq;

use super::callback::{self, Answer, Callback};
use super::consumed_state::ConsumedState;
use super::error::SocialError;
use super::login_state::{LoginState, Purpose};
use super::profile::SocialProfile;
use super::social_sign_in::SocialSignIn;
use crate::token_pair::IssueError;

/// Input of a callback.
#[derive(Debug)]
pub struct CallbackInput {
    /// The provider of the redirect URI.
    pub provider: ProviderId,
    /// Kind of client.
    pub channel: ClientKind,
    /// The sealed login state from the start.
    pub ticket: Secret,
    /// The unparsed query of the callback.
    pub query: Secret,
}

/// An identity verified by the provider.
pub(super) struct VerifiedIdentity {
    pub profile: SocialProfile,
    pub identity: NewIdentity,
}

/// Purpose of a callback, which the login state must match.
#[derive(Debug, Clone, Copy)]
pub(super) enum CallbackPurpose {
    SignIn,
    Link { user: UserId, session: SessionId },
}

impl SocialSignIn {
    /// Checks that the callback belongs to a sign-in or link started here, in this browser, with this provider;
    /// consumes the login state; and exchanges the code with the provider. All checks that do not need the provider
    /// come before the code is sent, and failures before that leave the login state valid.
    pub(super) async fn handle_callback(
        &self,
        input: &CallbackInput,
        expected: CallbackPurpose,
    ) -> Result<VerifiedIdentity, SocialError> {
        let enabled = self.providers.find(&input.provider).ok_or(SocialError::NoSuchProvider)?;
        let login_state = self.open(input, expected).ok_or(SocialError::TicketInvalid)?;
        let returned = callback::read(input.query.expose()).ok_or(SocialError::TicketInvalid)?;
        if !bool::from(returned.state.expose().as_bytes().ct_eq(login_state.state.expose().as_bytes())) {
            return Err(SocialError::TicketInvalid);
        }
        if !is_of(&returned, enabled) {
            tracing::warn!(provider = %input.provider, "a callback has another issuer; the providers are mixed up");
            return Err(SocialError::TicketInvalid);
        }
        let redirect_uri =
            self.redirect_uris.find(&input.provider, login_state.channel).ok_or(SocialError::NoAppRedirect)?;
        let code_use = CodeUse::default();
        let consumed = ConsumedState::consume(&self.store, &login_state, &code_use, self.clock.now()).await?;
        let code = match returned.answer {
            Answer::Code(code) => code,
            Answer::Error(code) => {
                consumed.keep();
                return Err(refusal(&input.provider, &code));
            }
        };
        let response = AuthorizationResponse {
            code: &code,
            redirect_uri: &redirect_uri,
            state: login_state.state.expose(),
            nonce: login_state.nonce.expose(),
            verifier: &login_state.verifier,
            device_id: &login_state.device_id,
            callback_device_id: returned.device_id.as_deref(),
            callback_issuer: returned.issuer.as_deref(),
            code_use: &code_use,
        };
        let profile = match enabled.provider.identify(&response).await {
            Ok(profile) => SocialProfile::from(profile),
            Err(error) => return Err(consumed.fail(error.into()).await),
        };
        consumed.keep();
        let identity = self.identity(enabled, &profile)?;
        Ok(VerifiedIdentity { profile, identity })
    }

    /// Opens the login state if it is valid for this purpose.
    fn open(&self, input: &CallbackInput, expected: CallbackPurpose) -> Option<LoginState> {
        let login_state: LoginState = self.login_states.open(input.ticket.expose())?;
        let purpose = match expected {
            CallbackPurpose::SignIn => Purpose::SignIn,
            CallbackPurpose::Link { user, session } => Purpose::Link { user, session },
        };
        let is_valid = login_state.provider == input.provider.as_str()
            && login_state.purpose == purpose
            && login_state.channel == input.channel
            && self.clock.now() < login_state.expires_at;
        is_valid.then_some(login_state)
    }

    fn identity(&self, enabled: &EnabledProvider, profile: &SocialProfile) -> Result<NewIdentity, SocialError> {
        let key = IdentityKey { provider: enabled.id.clone(), subject: profile.subject.clone() };
        let sealed_grant = match &profile.grant {
            Some(granted) => self.grants.seal(&key, granted).ok_or(IssueError::NoRandom)?,
            None => Vec::new(),
        };
        let label = match &profile.email {
            Some(email) => email.as_str().to_owned(),
            None => profile.display_name.to_string(),
        };
        let vouched_login = profile.login_email().cloned();
        Ok(NewIdentity { key, label, sealed_grant, vouched_login, at: self.clock.now() })
    }
}

/// Maps a provider's error in the callback.
fn refusal(provider: &ProviderId, code: &str) -> SocialError {
    match OAuthError::of_callback(provider.as_str(), code) {
        OAuthError::Denied => SocialError::Cancelled,
        OAuthError::Rejected => SocialError::Refused,
        OAuthError::Unavailable => ProviderError::Unavailable("its callback says that it has an error").into(),
        OAuthError::Misconfigured => ProviderError::Misconfigured.into(),
    }
}

/// RFC 9207: a given issuer must be the expected one. Providers without an issuer send none.
fn is_of(callback: &Callback, enabled: &EnabledProvider) -> bool {
    match (&callback.issuer, enabled.provider.issuer()) {
        (Some(named), Some(own)) => named == own,
        _ => true,
    }
}
