//! OAuth endpoints for other services: token introspection, signing keys, server metadata.

use std::time::Duration;

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::endpoint::{Auth, BodyFormat, Cache, CrossOrigin, Endpoint, Ignored, Method, Nothing, ResponseHeader};
use crate::ids::{SessionId, UserId};
use crate::problem::Code;
use crate::{Secret, codes};

/// `POST /oauth2/introspect` (RFC 7662)
pub struct Introspect;

impl Endpoint for Introspect {
    const ID: &'static str = "introspect";
    const SUMMARY: &'static str = "Reports whether an access token is active, and its user.";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/oauth2/introspect";
    const BODY: BodyFormat = BodyFormat::Form;
    const AUTH: Auth = Auth::ServiceClient;
    const IDEMPOTENT: bool = true;
    const DEADLINE: Duration = Duration::from_millis(100);
    /// A token that is far too long is inactive, like any other unknown token.
    const MAX_BODY: usize = 64 * 1024;
    type Path = Nothing;
    type Query = Ignored;
    type Body = IntrospectRequest;
    type Output = IntrospectResponse;
}

/// RFC 7662 §2.1.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
pub struct IntrospectRequest {
    /// The token.
    #[garde(length(chars, min = 1))]
    pub token: Secret,
    /// Ignored: only access tokens are known here (RFC 7662 §2.1 allows that).
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_type_hint: Option<String>,
}

/// RFC 7662 §2.2. The response for an inactive token holds nothing but `active: false`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IntrospectResponse {
    /// `true` when the token is valid now.
    pub active: bool,
    /// The user the token was issued to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub: Option<UserId>,
    /// The session the token was issued in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<SessionId>,
    /// Expiry, seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exp: Option<i64>,
    /// Time of issue, seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iat: Option<i64>,
    /// Issuer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
    /// Id of the token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    /// Always `Bearer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_type: Option<String>,
    /// The user's roles at the time of issue. Names for people: check `permissions`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<String>>,
    /// What these roles allow now, in alphabetical order; present in every response for an active token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Vec<String>>,
    /// The user's age in full years at the time of issue, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age: Option<u8>,
    /// Highest age rating (0, 6, 12, 16, 18) the user may see, by the policy of the user's country and the age at the
    /// time of issue; absent when the age is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_limit: Option<u8>,
    /// The user's region, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}

/// `GET /oauth2/check`, for reverse proxies that ask before they pass a request on
pub struct CheckRequest;

/// Headers of an allowed request. Proxies copy them over those of the client, so each is always present.
const IDENTITY: &[ResponseHeader] = &[
    ResponseHeader {
        component: "MarqueeUser",
        field: "X-Marquee-User",
        description: "The user of the access token.",
        example: "01960000-0000-7000-8000-0000000000a1",
    },
    ResponseHeader {
        component: "MarqueeSession",
        field: "X-Marquee-Session",
        description: "The session of the access token.",
        example: "01960000-0000-7000-8000-0000000000b1",
    },
    ResponseHeader {
        component: "MarqueeRoles",
        field: "X-Marquee-Roles",
        description: "The user's roles, separated by commas; empty without any.",
        example: "editor,subscriber",
    },
    ResponseHeader {
        component: "MarqueeAgeLimit",
        field: "X-Marquee-Age-Limit",
        description: "Highest age rating that the user may see; empty if the age is unknown.",
        example: "18 or nothing",
    },
];

impl Endpoint for CheckRequest {
    const ID: &'static str = "check_request";
    const SUMMARY: &'static str = "Tells a reverse proxy whether a request with this access token may pass.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/oauth2/check";
    const AUTH: Auth = Auth::Required;
    const CROSS_ORIGIN: CrossOrigin = CrossOrigin::Denied;
    const HEADERS: &'static [ResponseHeader] = IDENTITY;
    const DEADLINE: Duration = Duration::from_millis(100);
    const ERRORS: &'static [&'static Code] = &[codes::FORBIDDEN];
    type Path = Nothing;
    type Query = CheckRequestQuery;
    type Body = Nothing;
    type Output = CheckRequestResponse;
}

/// Requirements of the proxy; all that are named must be met.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CheckRequestQuery {
    /// A role that the user must have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, min = 1, max = 64))]
    pub role: Option<String>,
    /// A permission that one of the user's roles must have now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, min = 1, max = 64))]
    pub permission: Option<String>,
    /// The audience that the token must have been issued for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, min = 1, max = 200))]
    pub aud: Option<String>,
}

/// The user of an allowed request, as in the headers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CheckRequestResponse {
    /// The user.
    pub user_id: UserId,
    /// The session.
    pub session_id: SessionId,
}

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

/// `GET /.well-known/oauth-authorization-server` (RFC 8414)
pub struct GetServerMetadata;

impl Endpoint for GetServerMetadata {
    const ID: &'static str = "get_server_metadata";
    const SUMMARY: &'static str = "OAuth metadata of this server.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/.well-known/oauth-authorization-server";
    const AUTH: Auth = Auth::Public;
    const CACHE: Cache = Cache::Public { max_age: 300 };
    const CROSS_ORIGIN: CrossOrigin = CrossOrigin::Any;
    type Path = Nothing;
    type Query = Ignored;
    type Body = Nothing;
    type Output = ServerMetadata;
}

/// RFC 8414 §2, as far as it applies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ServerMetadata {
    /// The issuer, as in the tokens.
    pub issuer: String,
    /// URL of [`GetJwks`].
    pub jwks_uri: String,
    /// URL of [`Introspect`].
    pub introspection_endpoint: String,
    /// Authentication methods for service clients there.
    pub introspection_endpoint_auth_methods_supported: Vec<String>,
    /// Empty: there is no authorization endpoint.
    pub response_types_supported: Vec<String>,
}
