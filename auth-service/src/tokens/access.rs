//! Access tokens: JWTs (RFC 9068) signed with Ed25519, made and checked strictly (RFC 8725).

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

/// A longer token was not made here.
pub const MAX_ACCESS_TOKEN_BYTES: usize = 8192;
/// Header `typ` (RFC 9068 §2.1).
const TYPE: &str = "at+jwt";
/// Claim `aud`: all services of this installation.
const AUDIENCE: &str = "marquee";
/// Claim `client_id`, which RFC 9068 §2.2 requires: our own apps, the only clients there are.
const CLIENT: &str = "marquee";
/// How far another replica's clock may be ahead of or behind ours.
const CLOCK_SKEW: TimeDelta = TimeDelta::seconds(60);

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessClaims {
    /// Who made it.
    pub iss: String,
    /// For whom.
    pub aud: String,
    /// Through which app.
    pub client_id: String,
    /// Whose it is.
    pub sub: UserId,
    /// The session it came from.
    pub sid: SessionId,
    /// Its own id.
    pub jti: Uuid,
    /// Seconds since 1970 when it was made.
    pub iat: i64,
    /// Seconds since 1970 when it ends.
    pub exp: i64,
    /// The user's roles in alphabetical order.
    pub roles: Vec<String>,
    /// ISO 3166-2 code of where the user lives, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The user's age in full years, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age: Option<u8>,
    /// The highest age rating whose films the user may see, if the age is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_limit: Option<u8>,
    /// Where the user's row is. May be stale; then the directory knows.
    pub cell: Cell,
    /// The user's token version. A cut-off raises the version from which tokens work. A time would not do: `iat` has
    /// whole seconds, and the clocks of replicas differ.
    pub ver: i64,
}

/// What the holder is told of a token that does not work: nothing more than that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the access token is not valid")]
pub struct InvalidAccessToken;

/// The whole header of a token of ours. Anything else in it (`jku`, `x5u`, `jwk`, `crit`, `b64`, …) and any double
/// member refuses the token.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StrictHeader {
    alg: String,
    typ: String,
    kid: String,
}

/// Makes and checks access tokens.
pub struct AccessTokens {
    keys: Arc<KeyStore>,
    issuer: String,
    life: TimeDelta,
    validation: Validation,
}

impl AccessTokens {
    /// Tokens of `issuer` that work for `life`.
    pub fn new(keys: Arc<KeyStore>, issuer: String, life: Duration) -> Self {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[&issuer]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        validation.validate_exp = false; // checked below, by the clock that tests can move and without leeway
        let life = TimeDelta::from_std(life).unwrap_or(TimeDelta::MAX);
        Self { keys, issuer, life, validation }
    }

    /// How long a token works.
    pub fn ttl(&self) -> TimeDelta {
        self.life
    }

    /// How long after an event a token from before it may still be met, clocks being a little apart.
    pub fn retention(&self) -> TimeDelta {
        self.life + CLOCK_SKEW
    }

    /// The keys behind.
    pub fn keys(&self) -> &KeyStore {
        &self.keys
    }

    /// Claims of a token made at `now`, without what is known of its user.
    pub fn claims(&self, sub: UserId, cell: Cell, sid: SessionId, ver: i64, now: DateTime<Utc>) -> AccessClaims {
        AccessClaims {
            iss: self.issuer.clone(),
            aud: AUDIENCE.into(),
            client_id: CLIENT.into(),
            sub,
            sid,
            jti: Uuid::now_v7(),
            iat: now.timestamp(),
            exp: (now + self.life).timestamp(),
            roles: Vec::new(),
            region: None,
            age: None,
            age_limit: None,
            cell,
            ver,
        }
    }

    /// Signs a token with the key whose turn it is at `now`.
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

    /// Checks that a token is ours and has not expired at `now`. Whether its session has ended is another question.
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
            .map_err(|_| InvalidAccessToken)?; // which of the checks failed is nobody's business
        let claims = token.claims;
        let lasts = now.timestamp() < claims.exp;
        let begun = claims.iat <= (now + CLOCK_SKEW).timestamp();
        if lasts && begun { Ok(claims) } else { Err(InvalidAccessToken) }
    }
}

fn read_header(token: &str) -> Option<StrictHeader> {
    let mut parts = token.split('.');
    let header = parts.next()?;
    (parts.clone().count() == 2).then_some(())?;
    contracts::json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()
}
