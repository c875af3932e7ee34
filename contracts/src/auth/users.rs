//! Accounts.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::devices::Device;
use crate::endpoint::{Auth, BodyFormat, Endpoint, Localization, Method, NoContent, Nothing};
use crate::ids::UserId;
use crate::problem::Code;
use crate::{Secret, codes};

/// `POST /api/v1/users`
pub struct SignUp;

impl Endpoint for SignUp {
    const ID: &'static str = "sign_up";
    const SUMMARY: &'static str = "Creates an account.";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/users";
    const SUCCESS: u16 = 201;
    const BODY: BodyFormat = BodyFormat::Json;
    const AUTH: Auth = Auth::Public;
    const MAX_BODY: usize = 256 * 1024; // so that an overlong password is reported as such
    const DEADLINE: Duration = Duration::from_secs(5);
    const ERRORS: &'static [&'static Code] = &[
        codes::EMAIL_TAKEN,
        codes::PASSWORD_TOO_COMMON,
        codes::HASHING_BUSY,
        codes::CAPTCHA_REQUIRED,
        codes::CAPTCHA_REFUSED,
        codes::CAPTCHA_UNAVAILABLE,
    ];
    type Path = Nothing;
    type Query = Nothing;
    type Body = SignUpRequest;
    type Output = SignUpResponse;
}

/// A new account.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct SignUpRequest {
    /// The login. Case, surrounding spaces and Unicode forms are normalised, the domain to A-labels; at most 254 bytes
    /// must remain, 64 of them before the `@`. Shown with the letters of the domain.
    #[garde(
        length(chars, min = 3, max = 254),
        pattern(r"^\s*[^@\s\x00-\x1f\x7f-\x9f]{1,64}@[^@\s\x00-\x1f\x7f-\x9f]+\s*$")
    )]
    pub email: String,
    /// 8 to 256 characters except control characters, counted in Unicode normal form C; common passwords are refused.
    #[garde(length(chars, min = 8, max = 256))]
    #[schemars(regex(pattern = r"^[^\x00-\x1f\x7f-\x9f]*$"))]
    pub password: Secret,
    /// Display name; control and invisible characters are removed.
    #[garde(length(chars, max = 64))]
    #[serde(default)]
    pub display_name: String,
    /// Decides which age ratings this user may see; without it the same as for an anonymous viewer.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::date::full_date")]
    pub birth_date: Option<NaiveDate>,
    /// Place of residence: ISO 3166-2 such as `RU-MOW`, or a whole country such as `KZ`.
    #[garde(length(chars, min = 2, max = 6), pattern("^[A-Z]{2}(-[A-Z0-9]{1,3})?$"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The device of the sign-up.
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
}

/// The new account.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SignUpResponse {
    /// The created account. Sign in to get tokens.
    pub user: UserProfile,
}

/// `GET /api/v1/me`
pub struct GetMe;

impl Endpoint for GetMe {
    const ID: &'static str = "get_me";
    const SUMMARY: &'static str = "Shows the caller's own account.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/me";
    const AUTH: Auth = Auth::Required;
    type Path = Nothing;
    type Query = Nothing;
    type Body = Nothing;
    type Output = GetMeResponse;
}

/// `PATCH /api/v1/me`
pub struct UpdateMe;

impl Endpoint for UpdateMe {
    const ID: &'static str = "update_me";
    const SUMMARY: &'static str = "Changes the caller's own account. It shows in the next access token.";
    const METHOD: Method = Method::Patch;
    const PATH: &'static str = "/api/v1/me";
    const BODY: BodyFormat = BodyFormat::Json;
    const AUTH: Auth = Auth::Required;
    const IDEMPOTENT: bool = true;
    const ERRORS: &'static [&'static Code] = &[codes::BIRTH_DATE_GIVEN];
    type Path = Nothing;
    type Query = Nothing;
    type Body = UpdateMeRequest;
    type Output = UpdateMeResponse;
}

/// `DELETE /api/v1/me`
pub struct DeleteMe;

impl Endpoint for DeleteMe {
    const ID: &'static str = "delete_me";
    const SUMMARY: &'static str =
        "Deletes the caller's own account for good, in a session that began in the last ten minutes.";
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/api/v1/me";
    const SUCCESS: u16 = 204;
    const AUTH: Auth = Auth::Required;
    const LOCALIZATION: Localization = Localization::Mail;
    const DEADLINE: Duration = Duration::from_secs(20); // providers are called to revoke their grants
    const ERRORS: &'static [&'static Code] = &[codes::SESSION_NOT_FRESH, codes::LAST_ADMIN];
    type Path = Nothing;
    type Query = Nothing;
    type Body = Nothing;
    type Output = NoContent;
}

/// `GET /api/v1/me/events`
pub struct ListAccountEvents;

impl Endpoint for ListAccountEvents {
    const ID: &'static str = "list_account_events";
    const SUMMARY: &'static str =
        "Lists changes of the sign-in methods of the caller's own account and exports, newest first.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/me/events";
    const AUTH: Auth = Auth::Required;
    type Path = Nothing;
    type Query = Nothing;
    type Body = Nothing;
    type Output = ListAccountEventsResponse;
}

/// The newest changes.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ListAccountEventsResponse {
    /// Newest first, at most 100.
    pub items: Vec<AccountEvent>,
}

/// A change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AccountEvent {
    /// Time.
    pub at: DateTime<Utc>,
    /// Kind of change.
    pub kind: AccountEventKind,
    /// The provider, for social accounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The client's address, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

/// Kinds of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the kinds explain themselves")]
pub enum AccountEventKind {
    SocialLinked,
    SocialUnlinked,
    PasswordSet,
    PasswordChanged,
    PasswordReset,
    EmailProved,
    EmailChanged,
    EmailFreed,
    DataExported,
}

/// Fields to change. An absent field stays as it is.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct UpdateMeRequest {
    /// Display name; control and invisible characters are removed. Empty removes it.
    #[garde(length(chars, max = 64))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Can be set once, at sign-up or later. Further changes need an operator; otherwise children could raise their
    /// age.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::date::full_date")]
    pub birth_date: Option<NaiveDate>,
    /// Place of residence: ISO 3166-2 such as `RU-MOW`, or a whole country such as `KZ`.
    #[garde(length(chars, min = 2, max = 6), pattern("^[A-Z]{2}(-[A-Z0-9]{1,3})?$"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}

/// The account as it is now.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct UpdateMeResponse {
    /// The account.
    pub user: UserProfile,
}

/// The caller's account.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct GetMeResponse {
    /// The account.
    pub user: UserProfile,
    /// `true` when the account has an e-mail and its owner has proved to read the mailbox. Without it another account
    /// can take the address.
    pub email_proved: bool,
    /// A change of the e-mail that is not done yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_change: Option<EmailChange>,
}

/// A pending change of the e-mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EmailChange {
    /// The new address.
    pub email: String,
    /// Time at which it replaces the present one, unless that mailbox cancels; absent until the new mailbox is
    /// confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_at: Option<DateTime<Utc>>,
}

/// An account as its owner sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UserProfile {
    /// Never changes.
    pub id: UserId,
    /// The login e-mail, normalised.
    pub email: Option<String>,
    /// Display name; may be empty.
    pub display_name: String,
    /// Day of birth, if given.
    pub birth_date: Option<NaiveDate>,
    /// ISO 3166-2 code, if given.
    pub region: Option<String>,
    /// Roles in alphabetical order.
    pub roles: Vec<String>,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
}
