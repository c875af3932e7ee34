//! What a browser takes along to the provider and back: all that has to be the same at its return.

use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use contracts::Secret;
use contracts::ids::{SessionId, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::Language;
use crate::domain::ProviderId;
use crate::providers::AuthorizationRequest;

/// How long somebody may stay at the provider.
pub(super) const LIFE: TimeDelta = TimeDelta::minutes(10);
/// Random bytes of state, nonce and verifier each; 43 characters of base64url.
const RANDOM: usize = 32;

/// Where the browser comes back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClientKind {
    /// To the account page.
    Site,
    /// To the app, by the redirect URI that the settings name.
    App,
}

/// What for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Purpose {
    /// To sign in or up.
    SignIn,
    /// To link what is found to this account, in this session only.
    Link { user: UserId, session: SessionId },
}

/// A sign-in or a link under way. Sealed, it is the only copy; no server keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct LoginState {
    /// Spent once.
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
    /// A fresh one. `None` when the system has no random bytes.
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
            expires_at: now + LIFE,
        })
    }

    /// What the provider is told.
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
