//! Public keys that verify access tokens, from a JWKS (RFC 7517, RFC 8037).

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contracts::auth::oauth::{Jwk, JwkSet};
use jsonwebtoken::DecodingKey;
use serde::Deserialize;
use serde_json::Value;

/// A text that is no JWKS.
#[derive(Debug, thiserror::Error)]
#[error("the text is no JWKS")]
pub struct InvalidJwks(#[source] serde_json::Error);

/// An Ed25519 public key with its id.
#[derive(Clone)]
pub struct VerificationKey {
    kid: String,
    pub(crate) key: DecodingKey,
}

impl fmt::Debug for VerificationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerificationKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl VerificationKey {
    /// The key with these 32 bytes.
    pub fn new(kid: impl Into<String>, public: &[u8; 32]) -> Self {
        Self { kid: kid.into(), key: DecodingKey::from_ed_der(public) }
    }

    /// The key in `jwk`; `None` when it is of another kind or for another use.
    pub fn from_jwk(jwk: &Jwk) -> Option<Self> {
        let signs_tokens = jwk.kty == "OKP" && jwk.crv == "Ed25519" && jwk.key_use == "sig" && jwk.alg == "EdDSA";
        let public = URL_SAFE_NO_PAD.decode(&jwk.x).ok().filter(|_| signs_tokens)?;
        Some(Self::new(jwk.kid.clone(), &public.try_into().ok()?))
    }

    /// Key id, as in the header of tokens.
    pub fn kid(&self) -> &str {
        &self.kid
    }
}

/// All keys of a JWKS that can verify access tokens.
#[derive(Debug, Clone, Default)]
pub struct VerificationKeys(Vec<VerificationKey>);

/// A JWKS with members that may be of any kind.
#[derive(Deserialize)]
struct AnyKeys {
    keys: Vec<Value>,
}

impl VerificationKeys {
    /// Reads a JWKS. Keys of other kinds and broken ones are ignored (RFC 7517 §5).
    ///
    /// # Errors
    /// When the text is no JWKS.
    pub fn parse(jwks: &str) -> Result<Self, InvalidJwks> {
        let set: AnyKeys = contracts::json::from_slice(jwks.as_bytes()).map_err(InvalidJwks)?;
        let keys = set.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).collect();
        Ok(Self::from(&JwkSet { keys }))
    }

    /// The key `kid`.
    pub fn find(&self, kid: &str) -> Option<&VerificationKey> {
        self.0.iter().find(|key| key.kid == kid)
    }
}

impl From<&JwkSet> for VerificationKeys {
    fn from(set: &JwkSet) -> Self {
        Self(set.keys.iter().filter_map(VerificationKey::from_jwk).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jwk() -> Value {
        serde_json::from_str::<Value>(include_str!("../testdata/jwks.json")).unwrap()["keys"][0].clone()
    }

    fn with(member: &str, value: &str) -> Value {
        let mut changed = jwk();
        changed[member] = value.into();
        changed
    }

    #[test]
    fn keys_of_other_kinds_are_ignored() {
        let keys = [
            serde_json::json!({"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "rsa"}),
            with("crv", "X25519"),
            with("use", "enc"),
            with("alg", "ES256"),
            with("x", "AAAA"),
            with("x", "="),
            jwk(),
        ];
        let set = serde_json::json!({ "keys": keys });
        let keys = VerificationKeys::parse(&set.to_string()).unwrap();
        assert_eq!(keys.0.len(), 1);
        assert!(keys.find(jwk()["kid"].as_str().unwrap()).is_some());
        assert!(keys.find("rsa").is_none());
    }

    #[test]
    fn a_text_without_keys_is_no_jwks() {
        for text in ["", "[]", "{}", r#"{"keys": {}}"#] {
            assert!(VerificationKeys::parse(text).is_err(), "{text}");
        }
    }
}
