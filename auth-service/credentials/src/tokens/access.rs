//! Access tokens: JWTs (RFC 9068), signed by the active key.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use contracts::Secret;
use contracts::auth::oauth::Audience;
use contracts::ids::{SessionId, UserId};
use serde::Serialize;
use serde_json::json;
use token_verifier::{
    AccessClaims, CLIENT_ID, CLIENT_SUBJECT, CLOCK_SKEW, ClientClaims, InvalidAccessToken, TOKEN_TYPE, TokenAlgorithm,
    TokenVerifier, UnverifiedToken, VerificationKey,
};
use uuid::Uuid;

use crate::keys::{KeyError, KeyStore};

/// Method of [`TokenVerifier`] for one kind of token.
type Verify<Claims> =
    fn(&TokenVerifier, &UnverifiedToken<'_>, &VerificationKey, DateTime<Utc>) -> Result<Claims, InvalidAccessToken>;

/// Issues and verifies access tokens.
pub struct AccessTokens {
    keys: Arc<KeyStore>,
    issuer: String,
    ttl: TimeDelta,
    verifier: TokenVerifier,
}

impl AccessTokens {
    /// Tokens of `issuer` with the lifetime `ttl`. Those for none of `audiences` are not valid here.
    pub fn new(keys: Arc<KeyStore>, issuer: String, audiences: &[&str], ttl: Duration) -> Self {
        let verifier = TokenVerifier::new(&issuer, audiences);
        let ttl = TimeDelta::from_std(ttl).unwrap_or(TimeDelta::MAX);
        Self { keys, issuer, ttl, verifier }
    }

    /// Claim `iss`.
    pub fn issuer(&self) -> &str {
        &self.issuer
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

    /// Claims of a token issued at `now` to a user in this cell, without the user's attributes, for no resource yet.
    pub fn claims(&self, sub: UserId, cell: i16, sid: SessionId, ver: i64, now: DateTime<Utc>) -> AccessClaims {
        AccessClaims {
            iss: self.issuer.clone(),
            aud: Audience::Several(Vec::new()),
            client_id: CLIENT_ID.into(),
            sub,
            sid,
            jti: Uuid::now_v7(),
            iat: now.timestamp(),
            exp: (now + self.ttl).timestamp(),
            scope: None,
            roles: Vec::new(),
            region: None,
            age: None,
            age_limit: None,
            cell,
            ver,
        }
    }

    /// Claims of a token issued at `now` to a client itself.
    pub fn client_claims(&self, client: &str, aud: Audience, now: DateTime<Utc>) -> ClientClaims {
        ClientClaims {
            iss: self.issuer.clone(),
            aud,
            client_id: client.to_owned(),
            sub: format!("{CLIENT_SUBJECT}{client}"),
            jti: Uuid::now_v7(),
            iat: now.timestamp(),
            exp: (now + self.ttl).timestamp(),
        }
    }

    /// Signs a token with the active key at `now`.
    ///
    /// # Errors
    /// When there is no such key.
    pub fn sign(&self, claims: &impl Serialize, now: DateTime<Utc>) -> Result<Secret, KeyError> {
        self.sign_as(TOKEN_TYPE, now, |_| claims)
    }

    /// Signs an ID token. `claims` depend on the algorithm of the active key at `now`. The type of the token keeps it from being
    /// taken for an access token (RFC 8725 §3.11).
    ///
    /// # Errors
    /// When there is no such key.
    pub fn sign_id_token<Claims: Serialize>(
        &self,
        now: DateTime<Utc>,
        claims: impl FnOnce(TokenAlgorithm) -> Claims,
    ) -> Result<Secret, KeyError> {
        self.sign_as("JWT", now, claims)
    }

    fn sign_as<Claims: Serialize>(
        &self,
        token_type: &str,
        now: DateTime<Utc>,
        claims: impl FnOnce(TokenAlgorithm) -> Claims,
    ) -> Result<Secret, KeyError> {
        let ring = self.keys.ring();
        let Some(key) = ring.signing(now) else {
            self.keys.check()?;
            return Err(KeyError::NotMade);
        };
        let header = json!({"typ": token_type, "alg": key.algorithm().as_str(), "kid": key.kid()});
        let claims = serde_json::to_string(&claims(key.algorithm())).map_err(|error| {
            tracing::error!(%error, "the claims of a token could not be written");
            KeyError::NotMade
        })?;
        let mut token = URL_SAFE_NO_PAD.encode(header.to_string());
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(claims, &mut token);
        let signature = key.sign(token.as_bytes()).inspect_err(|error| tracing::error!(%error, "signing failed"))?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(Secret::new(token))
    }

    /// Verifies that a token was issued here and has not expired at `now`. Does not check whether its session has
    /// ended.
    ///
    /// # Errors
    /// [`InvalidAccessToken`] for anything else.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<AccessClaims, InvalidAccessToken> {
        self.verify_by(token, now, TokenVerifier::verify)
    }

    /// The same of a token that was issued to a client itself.
    ///
    /// # Errors
    /// [`InvalidAccessToken`] for anything else.
    pub fn verify_client(&self, token: &str, now: DateTime<Utc>) -> Result<ClientClaims, InvalidAccessToken> {
        self.verify_by(token, now, TokenVerifier::verify_client)
    }

    /// Finds the key that the token names, and verifies the token by `verify`.
    fn verify_by<Claims>(
        &self,
        token: &str,
        now: DateTime<Utc>,
        verify: Verify<Claims>,
    ) -> Result<Claims, InvalidAccessToken> {
        let token = UnverifiedToken::parse(token)?;
        let ring = self.keys.ring_knowing(token.kid());
        let key = ring.verifying(token.kid(), now, self.retention()).ok_or(InvalidAccessToken)?;
        verify(&self.verifier, &token, key.public_half(), now)
    }
}
