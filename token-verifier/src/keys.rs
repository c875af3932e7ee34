//! Public keys that verify access tokens, from a JWKS (RFC 7517, RFC 7518 §6, RFC 8037).

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contracts::auth::oauth::{Jwk, JwkSet};
use jsonwebtoken::DecodingKey;
use serde::Deserialize;
use serde_json::Value;

use crate::algorithm::TokenAlgorithm;

/// Bytes of an RSA modulus: 2,048 to 8,192 bits.
const MIN_MODULUS: usize = 2048 / 8;
const MAX_MODULUS: usize = 8192 / 8;
/// Bytes of a coordinate of P-256.
const P256_COORDINATE: usize = 32;
/// Bytes of a public key of Ed25519.
const ED25519: usize = 32;

/// A text that is no JWKS.
#[derive(Debug, thiserror::Error)]
#[error("the text is no JWKS")]
pub struct InvalidJwks(#[source] serde_json::Error);

/// A public key with its id and its algorithm.
#[derive(Clone)]
pub struct VerificationKey {
    kid: String,
    algorithm: TokenAlgorithm,
    pub(crate) key: DecodingKey,
}

impl fmt::Debug for VerificationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerificationKey")
            .field("kid", &self.kid)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

impl VerificationKey {
    /// The key in `jwk`; `None` when it is of another type or size, for another use, or broken.
    pub fn from_jwk(jwk: &Jwk) -> Option<Self> {
        let algorithm = TokenAlgorithm::parse(&jwk.alg).filter(|_| jwk.key_use == "sig")?;
        let part = |text: &Option<String>| URL_SAFE_NO_PAD.decode(text.as_deref()?).ok();
        let key = match (algorithm, &*jwk.kty, jwk.crv.as_deref()) {
            (TokenAlgorithm::Rs256, "RSA", None) => {
                let (modulus, exponent) = (part(&jwk.n)?, part(&jwk.e)?);
                let is_strong = (MIN_MODULUS..=MAX_MODULUS).contains(&modulus.len());
                DecodingKey::from_rsa_raw_components(is_strong.then_some(&modulus)?, &exponent)
            }
            (TokenAlgorithm::Es256, "EC", Some("P-256")) => {
                let (x, y) = (part(&jwk.x)?, part(&jwk.y)?);
                let is_point = x.len() == P256_COORDINATE && y.len() == P256_COORDINATE;
                // Uncompressed (SEC 1, 2.3.3).
                DecodingKey::from_ec_der(&is_point.then(|| [&[4][..], &x, &y].concat())?)
            }
            (TokenAlgorithm::EdDsa, "OKP", Some("Ed25519")) => {
                DecodingKey::from_ed_der(part(&jwk.x).filter(|public| public.len() == ED25519)?.as_slice())
            }
            _ => return None,
        };
        Some(Self { kid: jwk.kid.clone(), algorithm, key })
    }

    /// The algorithm of its signatures.
    pub fn algorithm(&self) -> TokenAlgorithm {
        self.algorithm
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
    fn weak_and_broken_keys_of_rsa_and_p_256_are_ignored() {
        let number = |bytes: usize| URL_SAFE_NO_PAD.encode(vec![0xff; bytes]);
        let rsa = |bytes: usize| Jwk {
            kty: "RSA".into(),
            key_use: "sig".into(),
            alg: "RS256".into(),
            n: Some(number(bytes)),
            e: Some("AQAB".into()),
            ..Jwk::default()
        };
        let curve = |x: usize, y: usize| Jwk {
            kty: "EC".into(),
            key_use: "sig".into(),
            alg: "ES256".into(),
            crv: Some("P-256".into()),
            x: Some(number(x)),
            y: Some(number(y)),
            ..Jwk::default()
        };
        let algorithm = |jwk: &Jwk| VerificationKey::from_jwk(jwk).map(|key| key.algorithm());
        assert_eq!(algorithm(&rsa(256)), Some(TokenAlgorithm::Rs256));
        assert_eq!(algorithm(&curve(32, 32)), Some(TokenAlgorithm::Es256));
        let broken = [
            rsa(255),
            rsa(1025),
            Jwk { e: None, ..rsa(256) },
            Jwk { alg: "EdDSA".into(), ..rsa(256) },
            Jwk { alg: "PS256".into(), ..rsa(256) },
            Jwk { key_use: "enc".into(), ..rsa(256) },
            curve(31, 32),
            curve(32, 0),
            Jwk { y: None, ..curve(32, 32) },
            Jwk { crv: Some("P-384".into()), ..curve(32, 32) },
            Jwk { alg: "RS256".into(), ..curve(32, 32) },
        ];
        for jwk in broken {
            assert_eq!(algorithm(&jwk), None, "{jwk:?}");
        }
    }

    #[test]
    fn a_text_without_keys_is_no_jwks() {
        for text in ["", "[]", "{}", r#"{"keys": {}}"#] {
            assert!(VerificationKeys::parse(text).is_err(), "{text}");
        }
    }
}
