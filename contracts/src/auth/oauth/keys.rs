//! Public keys (RFC 7517).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::endpoint::{Auth, Cache, CrossOrigin, Endpoint, Ignored, Method, Nothing};

/// `GET /.well-known/jwks.json` (RFC 7517)
pub struct GetJwks;

impl Endpoint for GetJwks {
    const ID: &'static str = "get_jwks";
    const SUMMARY: &'static str = "The public keys that access tokens are signed with, upcoming ones included.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/.well-known/jwks.json";
    const AUTH: Auth = Auth::Public;
    const CACHE: Cache = Cache::Public { max_age: 300 };
    const CROSS_ORIGIN: CrossOrigin = CrossOrigin::Any;
    type Path = Nothing;
    type Query = Ignored;
    type Body = Nothing;
    type Output = JwkSet;
}

/// RFC 7517 §5.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JwkSet {
    /// The keys.
    pub keys: Vec<Jwk>,
}

/// A public key of RSA (RFC 7518 §6.3), P-256 (§6.2) or Ed25519 (RFC 8037 §2). Numbers and points are base64url.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Jwk {
    /// `RSA`, `EC` or `OKP`.
    pub kty: String,
    /// Key id, as in the header of the tokens.
    pub kid: String,
    /// `sig`.
    #[serde(rename = "use")]
    pub key_use: String,
    /// `RS256`, `ES256` or `EdDSA`.
    pub alg: String,
    /// Modulus of an RSA key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<String>,
    /// Exponent of an RSA key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub e: Option<String>,
    /// Curve of the other keys: `P-256` or `Ed25519`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crv: Option<String>,
    /// Their x coordinate, or the public key of Ed25519.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x: Option<String>,
    /// The y coordinate of P-256.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y: Option<String>,
}
