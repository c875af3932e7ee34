//! Passwords of accounts that have one.

use std::time::Duration;

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::devices::Device;
use crate::endpoint::{Auth, BodyFormat, Endpoint, Localization, Method, NoContent, Nothing};
use crate::problem::Code;
use crate::{Secret, codes};

/// `POST /api/v1/me/password`
pub struct ChangePassword;

impl Endpoint for ChangePassword {
    const ID: &'static str = "change_password";
    const SUMMARY: &'static str = "Changes the caller's password and ends all other sessions.";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/me/password";
    const BODY: BodyFormat = BodyFormat::Json;
    const AUTH: Auth = Auth::Required;
    const LOCALIZATION: Localization = Localization::Mail;
    const DEADLINE: Duration = Duration::from_secs(5);
    const ERRORS: &'static [&'static Code] =
        &[codes::WRONG_PASSWORD, codes::NO_PASSWORD, codes::PASSWORD_TOO_COMMON, codes::HASHING_BUSY];
    type Path = Nothing;
    type Query = Nothing;
    type Body = ChangePasswordRequest;
    type Output = ChangePasswordResponse;
}

/// The old password and the new one. All other sessions end, and so does every access token issued before, the caller's
/// own included: continue with `refresh_session`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ChangePasswordRequest {
    /// The current password. Failed attempts count against the sign-in limits.
    #[garde(length(chars, min = 1, max = 256))]
    pub current_password: Secret,
    /// 8 to 256 characters except control characters, counted in Unicode normal form C; common passwords are refused.
    #[garde(length(chars, min = 8, max = 256))]
    #[schemars(regex(pattern = r"^[^\x00-\x1f\x7f-\x9f]*$"))]
    pub new_password: Secret,
    /// `true` also unlinks every social account. Offer it: an intruder may have linked one.
    #[garde(skip)]
    #[serde(default)]
    pub unlink_social_accounts: bool,
    /// `known_device` of an earlier `log_in` to this account on this device. It gives the device a budget of its own,
    /// so that guesses from other devices cannot keep the owner from changing the password.
    #[garde(length(chars, min = 1, max = 512))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_device: Option<Secret>,
}

/// The password was changed.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ChangePasswordResponse {
    /// Replaces the `known_device` of an earlier `log_in`, which the change has revoked on all devices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_device: Option<Secret>,
}

/// `PUT /api/v1/me/password`
pub struct SetPassword;

impl Endpoint for SetPassword {
    const ID: &'static str = "set_password";
    const SUMMARY: &'static str =
        "Sets the first password of the caller's own account, in a session that began in the last ten minutes.";
    const METHOD: Method = Method::Put;
    const PATH: &'static str = "/api/v1/me/password";
    const SUCCESS: u16 = 204;
    const BODY: BodyFormat = BodyFormat::Json;
    const AUTH: Auth = Auth::Required;
    const LOCALIZATION: Localization = Localization::Mail;
    const IDEMPOTENT: bool = false; // the second call finds a password
    const MAX_BODY: usize = 256 * 1024;
    const DEADLINE: Duration = Duration::from_secs(5);
    const ERRORS: &'static [&'static Code] = &[
        codes::PASSWORD_SET,
        codes::SESSION_NOT_FRESH,
        codes::EMAIL_TAKEN,
        codes::PASSWORD_TOO_COMMON,
        codes::HASHING_BUSY,
        codes::CAPTCHA_REQUIRED,
        codes::CAPTCHA_REFUSED,
        codes::CAPTCHA_UNAVAILABLE,
    ];
    type Path = Nothing;
    type Query = Nothing;
    type Body = SetPasswordRequest;
    type Output = NoContent;
}

/// The first password.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct SetPasswordRequest {
    /// 8 to 256 characters except control characters, counted in Unicode normal form C; common passwords are refused.
    #[garde(length(chars, min = 8, max = 256))]
    #[schemars(regex(pattern = r"^[^\x00-\x1f\x7f-\x9f]*$"))]
    pub password: Secret,
    /// The login e-mail: required for accounts without one, otherwise the account's own. A new one is rate limited like
    /// that of a sign-up, and may have 254 bytes.
    #[garde(
        length(chars, min = 3, max = 254),
        pattern(r"^\s*[^@\s\x00-\x1f\x7f-\x9f]{1,64}@[^@\s\x00-\x1f\x7f-\x9f]+\s*$")
    )]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The device, passed to the captcha.
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
