//! Claims of an access token (RFC 9068), and those of them that are the same in every token.

use contracts::auth::oauth::Audience;
use contracts::ids::{SessionId, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Header `typ` (RFC 9068 §2.1).
pub const TOKEN_TYPE: &str = "at+jwt";
/// Claim `aud` where an installation names no resources: all its services.
pub const AUDIENCE: &str = "marquee";
/// Claim `client_id`, required by RFC 9068 §2.2: our own apps are this one.
pub const CLIENT_ID: &str = "marquee";

/// Beginning of claim `sub` in a token of a client, before its id.
pub const CLIENT_SUBJECT: &str = "client:";

/// Claims of an access token that was issued to a client itself (RFC 6749 §4.4). It has no user and no session, so nothing
/// takes it for a person's (RFC 9700 §4.15).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientClaims {
    /// Issuer.
    pub iss: String,
    /// Resources that the token is for.
    pub aud: Audience,
    /// Client.
    pub client_id: String,
    /// [`CLIENT_SUBJECT`] and the client.
    pub sub: String,
    /// Token id.
    pub jti: Uuid,
    /// Time of issue in seconds since 1970.
    pub iat: i64,
    /// Expiry in seconds since 1970.
    pub exp: i64,
}

/// Claims of an access token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessClaims {
    /// Issuer.
    pub iss: String,
    /// Resources that the token is for.
    pub aud: Audience,
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
    /// Scopes, separated by spaces; absent without any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
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
    /// Number of the cell of the user's row, for auth-service alone. May be stale; its directory is authoritative.
    pub cell: i16,
    /// The user's token version. A cut-off raises the lowest valid version. A time would not be sufficient: `iat` has
    /// whole seconds, and the clocks of replicas differ.
    pub ver: i64,
}
