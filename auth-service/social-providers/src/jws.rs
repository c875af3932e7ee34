//! JSON Web Signatures in compact form (RFC 7515) and the keys that verify them (RFC 7517, RFC 7518).
//!
//! Verification is by `aws-lc-rs`; here are the names of the algorithms and the encoding of the keys. Asymmetric
//! algorithms only: never `none`, never a shared secret (RFC 8725 §3.1).

use aws_lc_rs::digest::{self, SHA256, SHA384, SHA512};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ED25519, EcdsaVerificationAlgorithm,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::lenient;

/// A signature algorithm of RFC 7518 or RFC 9864.
#[derive(Clone, Copy)]
pub(crate) struct Algorithm {
    /// Name in `alg`.
    pub name: &'static str,
    scheme: Scheme,
    /// Hash of `at_hash` (OpenID Connect Core 1.0 §3.1.3.6).
    pub hash: &'static digest::Algorithm,
}

#[derive(Clone, Copy)]
enum Scheme {
    Rsa(&'static RsaParameters),
    /// Curve, bytes of one coordinate, verification algorithm.
    Ec(&'static str, usize, &'static EcdsaVerificationAlgorithm),
    Ed25519,
}

/// The algorithm that every provider supports, and the only one of Google.
pub(crate) const RS256: Algorithm =
    Algorithm { name: "RS256", scheme: Scheme::Rsa(&RSA_PKCS1_2048_8192_SHA256), hash: &SHA256 };

/// Supported algorithms. `EdDSA` leaves the curve to the key; RFC 9864 names it.
pub(crate) const ALGORITHMS: &[Algorithm] = &[
    RS256,
    Algorithm { name: "RS384", scheme: Scheme::Rsa(&RSA_PKCS1_2048_8192_SHA384), hash: &SHA384 },
    Algorithm { name: "RS512", scheme: Scheme::Rsa(&RSA_PKCS1_2048_8192_SHA512), hash: &SHA512 },
    Algorithm { name: "PS256", scheme: Scheme::Rsa(&RSA_PSS_2048_8192_SHA256), hash: &SHA256 },
    Algorithm { name: "PS384", scheme: Scheme::Rsa(&RSA_PSS_2048_8192_SHA384), hash: &SHA384 },
    Algorithm { name: "PS512", scheme: Scheme::Rsa(&RSA_PSS_2048_8192_SHA512), hash: &SHA512 },
    Algorithm { name: "ES256", scheme: Scheme::Ec("P-256", 32, &ECDSA_P256_SHA256_FIXED), hash: &SHA256 },
    Algorithm { name: "ES384", scheme: Scheme::Ec("P-384", 48, &ECDSA_P384_SHA384_FIXED), hash: &SHA384 },
    Algorithm { name: "ES512", scheme: Scheme::Ec("P-521", 66, &ECDSA_P521_SHA512_FIXED), hash: &SHA512 },
    Algorithm { name: "EdDSA", scheme: Scheme::Ed25519, hash: &SHA512 },
    Algorithm { name: "Ed25519", scheme: Scheme::Ed25519, hash: &SHA512 },
];

/// Parsed token; nothing of it is verified.
pub(crate) struct Jws<'a> {
    /// `alg` of the header.
    pub algorithm: String,
    /// `kid` of the header.
    pub key_id: Option<String>,
    /// `true` when the header requires extensions (`crit`); none is supported (RFC 7515 §4.1.11).
    pub is_critical: bool,
    signed: &'a str,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default, deserialize_with = "lenient::optional")]
    kid: Option<String>,
    #[serde(default, deserialize_with = "present")]
    crit: bool,
}

/// `true` for any value, also `null`.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Value::deserialize(deserializer).map(|_| true)
}

impl<'a> Jws<'a> {
    /// Parses a token; `None` when it is no JWS in compact form.
    pub(crate) fn parse(token: &'a str) -> Option<Self> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
        let header: Header = serde_json::from_slice(&decoded(header)?).ok()?;
        Some(Self {
            algorithm: header.alg,
            key_id: header.kid,
            is_critical: header.crit,
            signed,
            payload: decoded(payload)?,
            signature: decoded(signature)?,
        })
    }

    /// Verifies the signature by `key` and returns the claims; `None` when it is invalid.
    pub(crate) fn verify(&self, key: &Jwk, algorithm: &Algorithm) -> Option<Claims<'_>> {
        key.verifies(algorithm, self.signed.as_bytes(), &self.signature).then_some(Claims(&self.payload))
    }
}

/// Payload with a verified signature.
pub(crate) struct Claims<'a>(&'a [u8]);

impl Claims<'_> {
    /// Parses the payload; `None` when it is not of this shape.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(self.0).ok()
    }
}

/// Public key of a key set. Unreadable members are absent.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Jwk {
    kty: String,
    #[serde(default, deserialize_with = "lenient::optional")]
    pub kid: Option<String>,
    #[serde(default, rename = "use", deserialize_with = "lenient::optional")]
    usage: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional")]
    alg: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional")]
    crv: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional")]
    n: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional")]
    e: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional")]
    x: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional")]
    y: Option<String>,
}

impl Jwk {
    /// `true` when the key is for this algorithm: by type, curve, use, and the algorithm that it names.
    pub(crate) fn fits(&self, algorithm: &Algorithm) -> bool {
        let crv = self.crv.as_deref();
        let kind = match algorithm.scheme {
            Scheme::Rsa(_) => self.kty == "RSA",
            Scheme::Ec(curve, ..) => self.kty == "EC" && crv == Some(curve),
            Scheme::Ed25519 => self.kty == "OKP" && crv == Some("Ed25519"),
        };
        let signs = self.usage.as_deref().is_none_or(|usage| usage == "sig");
        let named = self.alg.as_deref().is_none_or(|named| match algorithm.scheme {
            Scheme::Ed25519 => matches!(named, "EdDSA" | "Ed25519"), // two names of one algorithm
            _ => named == algorithm.name,
        });
        kind && signs && named
    }

    fn verifies(&self, algorithm: &Algorithm, message: &[u8], signature: &[u8]) -> bool {
        self.try_verify(algorithm, message, signature).is_some()
    }

    fn try_verify(&self, algorithm: &Algorithm, message: &[u8], signature: &[u8]) -> Option<()> {
        match algorithm.scheme {
            Scheme::Rsa(parameters) => {
                let key = RsaPublicKeyComponents { n: unsigned(self.n.as_ref())?, e: unsigned(self.e.as_ref())? };
                key.verify(parameters, message, signature).ok()
            }
            Scheme::Ec(_, size, verification) => {
                let (x, y) = (unsigned(self.x.as_ref())?, unsigned(self.y.as_ref())?);
                let point = [vec![4], padded(&x, size)?, padded(&y, size)?].concat();
                UnparsedPublicKey::new(verification, point).verify(message, signature).ok()
            }
            Scheme::Ed25519 => {
                let key = URL_SAFE_NO_PAD.decode(self.x.as_deref()?).ok()?;
                UnparsedPublicKey::new(&ED25519, key).verify(message, signature).ok()
            }
        }
    }
}

/// Number in base64url, without the leading zeros that some providers write.
fn unsigned(member: Option<&String>) -> Option<Vec<u8>> {
    let bytes = URL_SAFE_NO_PAD.decode(member?).ok()?;
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    Some(bytes[zeros..].to_vec())
}

/// Coordinate, padded to its full length.
fn padded(number: &[u8], size: usize) -> Option<Vec<u8>> {
    let zeros = size.checked_sub(number.len())?;
    Some([vec![0; zeros].as_slice(), number].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 8037, appendix A.4.
    const SIGNED: &str = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.\
                          hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

    fn key() -> Jwk {
        let text =
            r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","use":7,"kid":[]}"#;
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_signature_of_the_specification_is_verified_by_a_key_with_unreadable_optional_members() {
        let jws = Jws::parse(SIGNED).unwrap();
        let algorithm = ALGORITHMS.iter().find(|algorithm| algorithm.name == jws.algorithm).unwrap();
        assert!(key().fits(algorithm) && key().kid.is_none());
        assert!(jws.verify(&key(), algorithm).is_some());
        let forged = SIGNED.replace("RXhh", "RXhi");
        assert!(Jws::parse(&forged).unwrap().verify(&key(), algorithm).is_none());
    }

    #[test]
    fn what_is_no_compact_jws_is_not_parsed() {
        for bad in ["", "a", "a.b", "a.b.c", "....", "e30.e30.", "e30.e30.AA", "eyJhbGciOjd9.e30.AA", "é.é.é"] {
            assert!(Jws::parse(bad).is_none(), "{bad}");
        }
        let five_parts = "eyJhbGciOiJSU0EtT0FFUCJ9.e30.e30.e30.e30"; // a JWE
        assert!(Jws::parse(five_parts).is_none());
    }

    #[test]
    fn required_extensions_are_detected_whatever_their_value() {
        for crit in ["[\"b64\"]", "null", "7"] {
            let header = URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"RS256","crit":{crit}}}"#));
            assert!(Jws::parse(&format!("{header}.e30.AA")).unwrap().is_critical, "{crit}");
        }
    }
}
