//! Callback handling shared by sign-ins and links.

use contracts::Secret;
use contracts::ids::{SessionId, UserId};
use subtle::ConstantTimeEq;

use super::callback::{self, Answer, Callback};
use super::error::SocialError;
use super::grant;
use super::login_state::{ClientKind, LoginState, Purpose};
use super::spent::SpentTicket;
use crate::domain::{IdentityKey, NewIdentity, ProviderId};
use crate::flows::IssueError;
use crate::providers::{AuthorizationResponse, CodeUse, EnabledProvider, OAuthError, Profile, ProviderError};
use crate::state::AppState;

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
    pub profile: Profile,
    pub identity: NewIdentity,
}

/// Purpose of a callback, which the login state must match.
#[derive(Debug, Clone, Copy)]
pub(super) enum CallbackPurpose {
    SignIn,
    Link { user: UserId, session: SessionId },
}

/// Checks that the callback belongs to a sign-in or link started here, in this browser, with this provider; consumes
/// the login state; and exchanges the code with the provider. All checks that do not need the provider come before the
/// code is sent, and failures before that leave the login state valid.
pub(super) async fn handle_callback(
    state: &AppState,
    finish: &CallbackInput,
    wanted: CallbackPurpose,
) -> Result<VerifiedIdentity, SocialError> {
    let offered = state.providers.find(&finish.provider).ok_or(SocialError::NoSuchProvider)?;
    let ticket = open(state, finish, wanted).ok_or(SocialError::TicketInvalid)?;
    let back = callback::read(finish.query.expose()).ok_or(SocialError::TicketInvalid)?;
    if !bool::from(back.state.expose().as_bytes().ct_eq(ticket.state.expose().as_bytes())) {
        return Err(SocialError::TicketInvalid);
    }
    if !is_of(&back, offered) {
        tracing::warn!(provider = %finish.provider, "a callback names another issuer; somebody mixes providers up");
        return Err(SocialError::TicketInvalid);
    }
    let redirect_uri = state.social.redirect_uri(&finish.provider, ticket.channel).ok_or(SocialError::NoAppRedirect)?;
    let code_use = CodeUse::default();
    let spent = SpentTicket::spend(state, &ticket, &code_use).await?;
    let code = match back.answer {
        Answer::Code(code) => code,
        Answer::Error(code) => {
            spent.keep();
            return Err(refusal(&finish.provider, &code));
        }
    };
    let arrival = AuthorizationResponse {
        code: &code,
        redirect_uri: &redirect_uri,
        state: ticket.state.expose(),
        nonce: ticket.nonce.expose(),
        verifier: &ticket.verifier,
        device_id: &ticket.device_id,
        callback_device_id: back.device_id.as_deref(),
        callback_issuer: back.issuer.as_deref(),
        code_use: &code_use,
    };
    let profile = match offered.provider.identify(&arrival).await {
        Ok(profile) => profile,
        Err(error) => return Err(spent.settle(error.into()).await),
    };
    spent.keep();
    let identity = identity(state, offered, &profile)?;
    Ok(VerifiedIdentity { profile, identity })
}

/// Opens the login state if it is valid for this purpose.
fn open(state: &AppState, finish: &CallbackInput, wanted: CallbackPurpose) -> Option<LoginState> {
    let ticket: LoginState = state.social.tickets.open(finish.ticket.expose())?;
    let purpose = match wanted {
        CallbackPurpose::SignIn => Purpose::SignIn,
        CallbackPurpose::Link { user, session } => Purpose::Link { user, session },
    };
    let right = ticket.provider == finish.provider.as_str()
        && ticket.purpose == purpose
        && ticket.channel == finish.channel
        && state.now() < ticket.expires_at;
    right.then_some(ticket)
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
fn is_of(back: &Callback, offered: &EnabledProvider) -> bool {
    match (&back.issuer, offered.provider.issuer()) {
        (Some(named), Some(own)) => named == own,
        _ => true,
    }
}

fn identity(state: &AppState, offered: &EnabledProvider, profile: &Profile) -> Result<NewIdentity, SocialError> {
    let key = IdentityKey { provider: offered.id.clone(), subject: profile.subject.clone() };
    let sealed_grant = match &profile.grant {
        Some(granted) => grant::seal(state, &key, granted).ok_or(IssueError::NoRandom)?,
        None => Vec::new(),
    };
    let label = match &profile.email {
        Some(email) => email.address.as_str().to_owned(),
        None => profile.display_name.to_string(),
    };
    Ok(NewIdentity { key, label, sealed_grant, at: state.now() })
}
