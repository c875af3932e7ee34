//! Sessions: sign-in, refresh, sign-out.

use std::time::Duration;

use chrono::{DateTime, Utc};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::devices::Device;
use super::sign_ins::SignInPlace;
use super::users::UserProfile;
use crate::endpoint::{Auth, BodyFormat, Endpoint, Localization, Method, NoContent, Nothing};
use crate::ids::SessionId;
use crate::problem::Code;
use crate::{Secret, codes};

/// `POST /api/v1/sessions`
pub struct LogIn;

impl Endpoint for LogIn {
    const ID: &'static str = "log_in";
    const SUMMARY: &'static str = "Signs in with e-mail and password.";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/sessions";
    const SUCCESS: u16 = 201;
    const BODY: BodyFormat = BodyFormat::Json;
    const AUTH: Auth = Auth::Public;
    const MAX_BODY: usize = 256 * 1024;
    const DEADLINE: Duration = Duration::from_secs(5);
    const ERRORS: &'static [&'static Code] = &[
        codes::WRONG_CREDENTIALS,
        codes::HASHING_BUSY,
        codes::CAPTCHA_REQUIRED,
        codes::CAPTCHA_REFUSED,
        codes::CAPTCHA_UNAVAILABLE,
    ];
    type Path = Nothing;
    type Query = Nothing;
    type Body = LogInRequest;
    type Output = LogInResponse;
}

/// Credentials and device of a sign-in.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct LogInRequest {
    /// The login e-mail.
    #[garde(length(chars, min = 1, max = 320))]
    pub email: String,
    /// The password.
    #[garde(length(chars, min = 1, max = 256))]
    pub password: Secret,
    /// The device, for the list of sessions and the history.
    #[garde(dive)]
    #[serde(default)]
    pub device: Device,
    /// The pass of a challenge, after `auth.captcha_required`. Single use.
    #[garde(length(chars, min = 1, max = 512))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captcha_token: Option<Secret>,
    /// The `device_token` that captcha-service issued to this device. Accompanies every pass; without one it shows that
    /// the device is known.
    #[garde(length(chars, min = 1, max = 512))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captcha_device_token: Option<Secret>,
    /// From the last `log_in` to this account on this device. A known device needs no pass, and failed attempts from
    /// other devices do not consume its budgets.
    #[garde(length(chars, min = 1, max = 512))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_device: Option<Secret>,
}

/// A signed-in session.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct LogInResponse {
    /// The account.
    pub user: UserProfile,
    /// Access and refresh token.
    pub tokens: Tokens,
    /// Keep it on this device beyond the session and send it with the next `log_in` to this account; it grants no
    /// access by itself. A password change and `log_out_others` revoke it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_device: Option<Secret>,
}

/// `POST /api/v1/sessions/refresh`
pub struct RefreshSession;

impl Endpoint for RefreshSession {
    const ID: &'static str = "refresh_session";
    const SUMMARY: &'static str = "Exchanges a refresh token for the next pair of tokens.";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/sessions/refresh";
    const BODY: BodyFormat = BodyFormat::Json;
    const AUTH: Auth = Auth::Public;
    const IDEMPOTENT: bool = true; // within the grace period the same successor is returned
    const ERRORS: &'static [&'static Code] = &[codes::REFRESH_TOKEN_INVALID, codes::REFRESH_TOKEN_REPLAYED];
    type Path = Nothing;
    type Query = Nothing;
    type Body = RefreshSessionRequest;
    type Output = RefreshSessionResponse;
}

/// The refresh token to exchange.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RefreshSessionRequest {
    /// From `log_in` or the last `refresh_session`. Single use; a repeat within a short grace period returns the same
    /// successor, a later one ends the session.
    #[garde(length(chars, min = 1, max = 512))]
    pub refresh_token: Secret,
}

/// The next pair of tokens.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RefreshSessionResponse {
    /// The next pair.
    pub tokens: Tokens,
}

/// An access token and its refresh token (RFC 6749 §5.1).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Tokens {
    /// JWT (RFC 9068) for header `Authorization: Bearer …`.
    pub access_token: Secret,
    /// Always `Bearer`.
    pub token_type: String,
    /// Lifetime of the access token in seconds.
    pub expires_in: u64,
    /// Opaque; store it as safely as a password.
    pub refresh_token: Secret,
    /// Lifetime of the refresh token in seconds.
    pub refresh_expires_in: u64,
    /// The session of both tokens.
    pub session_id: SessionId,
}

/// `DELETE /api/v1/sessions/current`
pub struct LogOut;

impl Endpoint for LogOut {
    const ID: &'static str = "log_out";
    const SUMMARY: &'static str = "Ends the session of the access token.";
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/api/v1/sessions/current";
    const SUCCESS: u16 = 204;
    const AUTH: Auth = Auth::Required;
    type Path = Nothing;
    type Query = Nothing;
    type Body = Nothing;
    type Output = NoContent;
}

/// `GET /api/v1/sessions`
pub struct ListSessions;

impl Endpoint for ListSessions {
    const ID: &'static str = "list_sessions";
    const SUMMARY: &'static str = "Lists the caller's sessions, the most recently used first.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/sessions";
    const AUTH: Auth = Auth::Required;
    type Path = Nothing;
    type Query = Nothing;
    type Body = Nothing;
    type Output = ListSessionsResponse;
}

/// The active sessions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ListSessionsResponse {
    /// At most 100; of more, the most recently used.
    pub items: Vec<Session>,
}

/// An active session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// The device, as reported by the client.
    pub device: Device,
    /// Time of the sign-in.
    pub created_at: DateTime<Utc>,
    /// Time of the last sign-in or refresh; use of an access token does not count.
    pub last_used_at: DateTime<Utc>,
    /// `true` for the session of the access token.
    pub current: bool,
    /// Place of the last sign-in or refresh, as far as known.
    pub place: SignInPlace,
}

/// `DELETE /api/v1/sessions/{session_id}`
pub struct EndSession;

impl Endpoint for EndSession {
    const ID: &'static str = "end_session";
    const SUMMARY: &'static str = "Ends one of the caller's sessions; again if need be.";
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/api/v1/sessions/{session_id}";
    const SUCCESS: u16 = 204;
    const AUTH: Auth = Auth::Required;
    const ERRORS: &'static [&'static Code] = &[codes::SESSION_NOT_FOUND];
    type Path = SessionPath;
    type Query = Nothing;
    type Body = Nothing;
    type Output = NoContent;
}

/// A session, in the path.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SessionPath {
    /// Its id.
    pub session_id: SessionId,
}

/// `DELETE /api/v1/sessions/others`
pub struct LogOutOthers;

impl Endpoint for LogOutOthers {
    const ID: &'static str = "log_out_others";
    const SUMMARY: &'static str = "Ends all of the caller's sessions but that of the access token, and every access \
                                   token, the caller's own included: continue with refresh_session.";
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/api/v1/sessions/others";
    const SUCCESS: u16 = 204;
    const AUTH: Auth = Auth::Required;
    const LOCALIZATION: Localization = Localization::Mail;
    const DEADLINE: Duration = Duration::from_secs(20); // providers are called to revoke grants
    const ERRORS: &'static [&'static Code] = &[codes::SESSION_NOT_FRESH, codes::LAST_WAY_IN];
    type Path = Nothing;
    type Query = LogOutOthersQuery;
    type Body = Nothing;
    type Output = NoContent;
}

/// What ends together with the other sessions.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct LogOutOthersQuery {
    /// `true` also unlinks every social account: an intruder may have linked one. The account must have a password, and
    /// the session must have begun in the last ten minutes.
    #[garde(skip)]
    #[serde(default)]
    pub unlink_social_accounts: bool,
}
