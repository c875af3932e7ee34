//! Access tokens: JWTs (RFC 9068) signed with Ed25519, issued and verified strictly (RFC 8725).

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use contracts::Secret;
use contracts::ids::{SessionId, UserId};
use jsonwebtoken::{Algorithm, Header, Validation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::Cell;
use crate::keys::{KeyError, KeyStore};

/// Maximum length of a token; longer ones were not issued here.
pub const MAX_ACCESS_TOKEN_BYTES: usize = 8192;
/// Header `typ` (RFC 9068 §2.1).
const TYPE: &str = "at+jwt";
/// Claim `aud`: all services of this installation.
const AUDIENCE: &str = "marquee";
/// Claim `client_id`, required by RFC 9068 §2.2: our own apps are the only clients.
const CLIENT: &str = "marquee";
/// Maximum clock skew between replicas.
const CLOCK_SKEW: TimeDelta = TimeDelta::seconds(60);

/// Claims of an access token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessClaims {
    /// Issuer.
    pub iss: String,
    /// Audience.
    pub aud: String,
    /// Client.
    pub client_id: String,
    /// Subject.
    pub sub: UserId,
    /// The session.
    pub sid: SessionId,
    /// Token id.
    pub jti: Uuid,
    /// Time of issue in seconds since 1970.
    pub iat: i64,
    /// Expiry in seconds since 1970.
    pub exp: i64,
    /// The user's roles in alphabetical order.
    pub roles: Vec<String>,
    /// ISO 3166-2 code of the user's region, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The user's age in full years, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age: Option<u8>,
    /// The highest age rating that the user may see, if the age is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_limit: Option<u8>,
    /// Cell of the user's row. May be stale; the directory is authoritative.
    pub cell: Cell,
    /// The user's token version. A cut-off raises the lowest valid version. A time would not be sufficient: `iat` has
    /// whole seconds, and the clocks of replicas differ.
    pub ver: i64,
}

/// An invalid access token; the client gets no further details.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the access token is not valid")]
pub struct InvalidAccessToken;

/// The complete header of a valid token. Any other member (`jku`, `x5u`, `jwk`, `crit`, `b64`, …) and any duplicate is
/// rejected.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StrictHeader {
    alg: String,
    typ: String,
    kid: String,
}

/// Issues and verifies access tokens.
pub struct AccessTokens {
    keys: Arc<KeyStore>,
    issuer: String,
    ttl: TimeDelta,
    validation: Validation,
}

impl AccessTokens {
    /// Tokens of `issuer` with the lifetime `ttl`.
    pub fn new(keys: Arc<KeyStore>, issuer: String, ttl: Duration) -> Self {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[&issuer]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        validation.validate_exp = false; // checked below, with the injected clock and without leeway
        let ttl = TimeDelta::from_std(ttl).unwrap_or(TimeDelta::MAX);
        Self { keys, issuer, ttl, validation }
    }

    /// Lifetime of a token.
    pub fn ttl(&self) -> TimeDelta {
        self.ttl
    }

    /// Time after an event during which earlier tokens may still be in use, including clock skew.
    pub fn retention(&self) -> TimeDelta {
        self.ttl + CLOCK_SKEW
    }

    /// The signing keys.
    pub fn keys(&self) -> &KeyStore {
        &self.keys
    }

    /// Claims of a token issued at `now`, without the attributes of its user.
    pub fn claims(&self, sub: UserId, cell: Cell, sid: SessionId, ver: i64, now: DateTime<Utc>) -> AccessClaims {
        AccessClaims {
            iss: self.issuer.clone(),
            aud: AUDIENCE.into(),
            client_id: CLIENT.into(),
            sub,
            sid,
            jti: Uuid::now_v7(),
            iat: now.timestamp(),
            exp: (now + self.ttl).timestamp(),
            roles: Vec::new(),
            region: None,
            age: None,
            age_limit: None,
            cell,
            ver,
        }
    }

    /// Signs a token with the active key at `now`.
    ///
    /// # Errors
    /// When there is no such key.
    pub fn sign(&self, claims: &AccessClaims, now: DateTime<Utc>) -> Result<Secret, KeyError> {
        let ring = self.keys.ring();
        let Some(key) = ring.signing(now) else {
            self.keys.check()?;
            return Err(KeyError::NotMade);
        };
        let header =
            Header { typ: Some(TYPE.into()), kid: Some(key.kid().to_owned()), ..Header::new(Algorithm::EdDSA) };
        let token = jsonwebtoken::encode(&header, claims, key.signs()).map_err(|error| {
            tracing::error!(%error, "signing failed");
            KeyError::NotMade
        })?;
        Ok(Secret::new(token))
    }

    /// Verifies that a token was issued here and has not expired at `now`. Does not check whether its session has
    /// ended.
    ///
    /// # Errors
    /// [`InvalidAccessToken`] for anything else.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<AccessClaims, InvalidAccessToken> {
        if token.len() > MAX_ACCESS_TOKEN_BYTES {
            return Err(InvalidAccessToken);
        }
        let header = read_header(token).ok_or(InvalidAccessToken)?;
        if header.alg != "EdDSA" || header.typ != TYPE {
            return Err(InvalidAccessToken);
        }
        let ring = self.keys.ring_knowing(&header.kid);
        let key = ring.verifying(&header.kid, now, self.retention()).ok_or(InvalidAccessToken)?;
        let token = jsonwebtoken::decode::<AccessClaims>(token, key.checks(), &self.validation)
            .map_err(|_| InvalidAccessToken)?; // details are not disclosed
        let claims = token.claims;
        let is_current = now.timestamp() < claims.exp;
        let is_issued = claims.iat <= (now + CLOCK_SKEW).timestamp();
        if is_current && is_issued { Ok(claims) } else { Err(InvalidAccessToken) }
    }
}

fn read_header(token: &str) -> Option<StrictHeader> {
    let mut parts = token.split('.');
    let header = parts.next()?;
    (parts.clone().count() == 2).then_some(())?;
    contracts::json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()
}
