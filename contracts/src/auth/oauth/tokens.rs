//! Granting and revoking tokens (RFC 6749, RFC 7009).

use std::time::Duration;

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::endpoint::{Auth, BodyFormat, Endpoint, Ignored, Method, Nothing};
use crate::ids::SessionId;
use crate::problem::Code;
use crate::{Secret, codes};

/// `POST /oauth2/token` (RFC 6749 §3.2)
pub struct GrantTokens;

impl Endpoint for GrantTokens {
    const ID: &'static str = "grant_tokens";
    const SUMMARY: &'static str = "Exchanges a grant of an OAuth client for tokens.";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/oauth2/token";
    const BODY: BodyFormat = BodyFormat::Form;
    const AUTH: Auth = Auth::Public;
    const IDEMPOTENT: bool = true; // within the grace period the same successor is returned
    const DEADLINE: Duration = Duration::from_secs(30); // devices may wait for 25 s
    const ERRORS: &'static [&'static Code] = &[
        codes::CLIENT_REJECTED,
        codes::GRANT_UNSUPPORTED,
        codes::GRANT_NOT_ALLOWED,
        codes::SCOPE_INVALID,
        codes::RESOURCE_INVALID,
        codes::REFRESH_TOKEN_INVALID,
        codes::REFRESH_TOKEN_REPLAYED,
        codes::DEVICE_PENDING,
        codes::DEVICE_POLLS_TOO_FAST,
        codes::DEVICE_DENIED,
        codes::DEVICE_CODE_EXPIRED,
        codes::DEVICE_CODE_INVALID,
        codes::AUTHORIZATION_CODE_INVALID,
    ];
    type Path = Nothing;
    type Query = Ignored;
    type Body = GrantTokensRequest;
    type Output = GrantTokensResponse;
}

/// A grant. An empty parameter is an absent one, and unknown ones are ignored (RFC 6749 §3.2).
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema, Validate)]
pub struct GrantTokensRequest {
    /// `authorization_code`, `refresh_token`, `client_credentials` or `urn:ietf:params:oauth:grant-type:device_code`.
    #[garde(length(chars, max = 100))]
    pub grant_type: String,
    /// Id of the client, unless it is in `Authorization`.
    #[serde(default, deserialize_with = "not_empty", skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, max = 64))]
    pub client_id: Option<String>,
    /// Secret of a confidential client, unless it is in `Authorization`.
    #[serde(default, deserialize_with = "not_empty", skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, max = 256))]
    pub client_secret: Option<Secret>,
    /// The refresh token of grant `refresh_token`; single use, as in `refresh_session`.
    #[serde(default, deserialize_with = "not_empty", skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, max = 512))]
    pub refresh_token: Option<Secret>,
    /// The device code of grant `urn:ietf:params:oauth:grant-type:device_code` (RFC 8628 section 3.4). With header
    /// `Prefer: wait=25` the answer waits for a decision for up to so many seconds, where there is room.
    #[serde(default, deserialize_with = "not_empty", skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, max = 128))]
    pub device_code: Option<Secret>,
    /// The code of grant `authorization_code`; single use.
    #[serde(default, deserialize_with = "not_empty", skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, max = 4096))]
    pub code: Option<Secret>,
    /// The redirect URI that the code was sent to, as in the authorization request.
    #[serde(default, deserialize_with = "not_empty", skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, max = 2048))]
    pub redirect_uri: Option<String>,
    /// What `code_challenge` of the authorization request is the SHA-256 hash of (RFC 7636).
    #[serde(default, deserialize_with = "not_empty", skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, max = 512))]
    pub code_verifier: Option<Secret>,
    /// Narrower scope (RFC 6749 §6).
    #[serde(default, deserialize_with = "not_empty", skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, max = 512))]
    pub scope: Option<String>,
    /// The resource that the access token is for (RFC 8707); the client's own if absent.
    #[serde(default, deserialize_with = "not_empty", skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, max = 512))]
    pub resource: Option<String>,
}

/// Tokens (RFC 6749 §5.1).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct GrantTokensResponse {
    /// JWT (RFC 9068) for header `Authorization: Bearer …`.
    pub access_token: Secret,
    /// Always `Bearer`.
    pub token_type: String,
    /// Lifetime of the access token in seconds.
    pub expires_in: u64,
    /// Opaque; store it as safely as a password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<Secret>,
    /// OpenID: who signed in, when and where, for the client alone (OpenID Connect Core 1.0 section 2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_token: Option<Secret>,
    /// Scopes of the access token, separated by spaces; absent without any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Lifetime of the refresh token in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_expires_in: Option<u64>,
    /// The session of the tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<SessionId>,
}

/// `POST /oauth2/revoke` (RFC 7009)
pub struct RevokeToken;

impl Endpoint for RevokeToken {
    const ID: &'static str = "revoke_token";
    const SUMMARY: &'static str = "Ends the session of a token of this client; a token that is not valid has none.";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/oauth2/revoke";
    const BODY: BodyFormat = BodyFormat::Form;
    const AUTH: Auth = Auth::Public;
    const IDEMPOTENT: bool = true;
    const ERRORS: &'static [&'static Code] =
        &[codes::CLIENT_REJECTED, codes::TOKEN_OF_ANOTHER_CLIENT, codes::TOKEN_NOT_REVOCABLE];
    type Path = Nothing;
    type Query = Ignored;
    type Body = RevokeTokenRequest;
    type Output = RevokeTokenResponse;
}

/// RFC 7009 §2.1.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema, Validate)]
pub struct RevokeTokenRequest {
    /// A refresh token or an access token.
    #[garde(length(chars, min = 1))]
    pub token: Secret,
    /// Ignored: the token itself says what it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub token_type_hint: Option<String>,
    /// Id of the client, unless it is in `Authorization`.
    #[serde(default, deserialize_with = "not_empty", skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, max = 64))]
    pub client_id: Option<String>,
    /// Secret of a confidential client, unless it is in `Authorization`.
    #[serde(default, deserialize_with = "not_empty", skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, max = 256))]
    pub client_secret: Option<Secret>,
}

/// Nothing (RFC 7009 §2.2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RevokeTokenResponse {}

/// A parameter without a value is omitted (RFC 6749 §3.2).
pub(super) fn not_empty<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default + PartialEq>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Ok(Some(T::deserialize(deserializer)?).filter(|value| *value != T::default()))
}
