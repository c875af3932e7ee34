//! Conversions between wire types and those of the flows.

use contracts::auth::social::{ProviderId, SocialAccount, StartSocialResponse};
use contracts::{Secret, codes};
use service_kit::ApiError;

use account_flows::{AuthorizationUrl, CallbackInput};
use accounts::{ClientKind, Identity};

/// An invalid provider id is an unknown provider.
pub(super) fn provider(text: &str) -> Result<ProviderId, ApiError> {
    ProviderId::parse(text).ok_or_else(|| ApiError::new(codes::PROVIDER_NOT_FOUND))
}

pub(super) fn start_response(started: AuthorizationUrl) -> StartSocialResponse {
    StartSocialResponse { authorize_url: started.url.into(), ticket: started.ticket, expires_in: started.expires_in }
}

pub(super) fn callback_input(provider: ProviderId, ticket: Secret, callback: Secret) -> CallbackInput {
    CallbackInput { provider, channel: ClientKind::App, ticket, query: callback }
}

pub(in crate::endpoints) fn account(identity: Identity) -> SocialAccount {
    SocialAccount {
        id: identity.id,
        provider: identity.key.provider.as_str().to_owned(),
        label: identity.label,
        linked_at: identity.linked_at,
        last_used_at: identity.last_used_at,
    }
}
