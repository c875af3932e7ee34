//! Login state (OAuth `state`), carried by the browser to the provider and back.

use accounts::ClientKind;
use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use contracts::auth::social::ProviderId;
use contracts::ids::{SessionId, UserId};
use contracts::{Language, Secret};
use serde::{Deserialize, Serialize};
use service_kit::Sealer;
use social_providers::AuthorizationRequest;
use uuid::Uuid;

/// Maximum time between start and callback.
pub(super) const TTL: TimeDelta = TimeDelta::minutes(10);
/// Random bytes of state, nonce and verifier each; 43 characters of base64url.
const RANDOM: usize = 32;

/// Purpose of the flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Purpose {
    /// Sign-in or sign-up.
    SignIn,
    /// Linking to this account, in this session only.
    Link { user: UserId, session: SessionId },
}

/// Seals login states, with the secret shared by all replicas.
pub(crate) fn login_state_sealer(secret: &[u8]) -> Sealer {
    Sealer::new(secret, "sealed social ticket")
}

/// A sign-in or link in progress. The sealed copy at the client is the only one; servers store none.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct LoginState {
    /// Consumed once.
    pub id: Uuid,
    pub provider: String,
    pub purpose: Purpose,
    pub channel: ClientKind,
    pub state: Secret,
    pub nonce: Secret,
    pub verifier: Secret,
    pub device_id: String,
    pub expires_at: DateTime<Utc>,
}

impl LoginState {
    /// Creates a new login state. `None` when the system has no random bytes.
    pub fn new(provider: &ProviderId, purpose: Purpose, channel: ClientKind, now: DateTime<Utc>) -> Option<Self> {
        Some(Self {
            id: Uuid::now_v7(),
            provider: provider.as_str().to_owned(),
            purpose,
            channel,
            state: random()?,
            nonce: random()?,
            verifier: random()?,
            device_id: Uuid::new_v4().hyphenated().to_string(),
            expires_at: now + TTL,
        })
    }

    /// Parameters of the authorization request.
    pub fn authorization_request<'a>(&'a self, redirect_uri: &'a str, language: Language) -> AuthorizationRequest<'a> {
        AuthorizationRequest {
            redirect_uri,
            state: self.state.expose(),
            nonce: self.nonce.expose(),
            verifier: &self.verifier,
            device_id: &self.device_id,
            language,
        }
    }
}

fn random() -> Option<Secret> {
    let mut bytes = [0; RANDOM];
    rand::fill(&mut bytes).ok()?;
    Some(Secret::new(URL_SAFE_NO_PAD.encode(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_earlier_releases_open() {
        let sealer = login_state_sealer(b"a key of this installation, 256 bits");
        let state = sealer.open("fXbPCuY8w5B_tZgfRtecF0c0cvfHv91anTUiJ1o7CeRa5OJqTRE7POHWSw");
        assert_eq!(state, Some("a login state".to_owned()));
    }
}
