//! Login e-mails: proved, changed, and used to reset a forgotten password. Codes have 8 digits and are valid for 15
//! minutes; the newest two of one request or session are accepted.

use std::time::Duration;

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::devices::Device;
use crate::endpoint::{Auth, BodyFormat, Endpoint, Localization, Method, NoContent, Nothing};
use crate::ids::ResetId;
use crate::problem::Code;
use crate::{Secret, codes};

/// `POST /api/v1/me/email/proof`
pub struct RequestEmailProof;

impl Endpoint for RequestEmailProof {
    const ID: &'static str = "request_email_proof";
    const SUMMARY: &'static str = "Sends a code to the caller's e-mail, for this session to confirm.";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/me/email/proof";
    const SUCCESS: u16 = 202;
    const AUTH: Auth = Auth::Required;
    const LOCALIZATION: Localization = Localization::Mail;
    const ERRORS: &'static [&'static Code] = &[codes::NO_EMAIL, codes::EMAIL_PROVED];
    type Path = Nothing;
    type Query = Nothing;
    type Body = Nothing;
    type Output = CodeRequested;
}

/// A mail with a code is on its way, unless the address has got too many.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CodeRequested {
    /// Validity of the code in seconds.
    pub expires_in: u64,
}

/// `POST /api/v1/me/email/proof/confirm`
pub struct ConfirmEmail;

impl Endpoint for ConfirmEmail {
    const ID: &'static str = "confirm_email";
    const SUMMARY: &'static str = "Proves the caller's e-mail with the code that this session asked for.";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/me/email/proof/confirm";
    const SUCCESS: u16 = 204;
    const BODY: BodyFormat = BodyFormat::Json;
    const AUTH: Auth = Auth::Required;
    const ERRORS: &'static [&'static Code] =
        &[codes::CODE_INVALID, codes::NO_EMAIL, codes::EMAIL_PROVED, codes::EMAIL_TAKEN];
    type Path = Nothing;
    type Query = Nothing;
    type Body = ConfirmEmailRequest;
    type Output = NoContent;
}

/// A code as typed.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ConfirmEmailRequest {
    /// 8 digits; spaces and hyphens between them are ignored.
    #[garde(length(chars, min = 8, max = 32), pattern(r"^[\s-]*([0-9０-９][\s-]*){8}$"))]
    pub code: String,
}

/// `POST /api/v1/password-resets`
pub struct RequestPasswordReset;

impl Endpoint for RequestPasswordReset {
    const ID: &'static str = "request_password_reset";
    const SUMMARY: &'static str =
        "Sends a code that resets a password, if there is an account; the answer is the same.";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/password-resets";
    const SUCCESS: u16 = 202;
    const BODY: BodyFormat = BodyFormat::Json;
    const AUTH: Auth = Auth::Public;
    const LOCALIZATION: Localization = Localization::Mail;
    const ERRORS: &'static [&'static Code] =
        &[codes::CAPTCHA_REQUIRED, codes::CAPTCHA_REFUSED, codes::CAPTCHA_UNAVAILABLE];
    type Path = Nothing;
    type Query = Nothing;
    type Body = RequestPasswordResetRequest;
    type Output = PasswordResetRequested;
}

/// The address of the account.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RequestPasswordResetRequest {
    /// The login; at most 254 bytes.
    #[garde(
        length(chars, min = 3, max = 254),
        pattern(r"^\s*[^@\s\x00-\x1f\x7f-\x9f]{1,64}@[^@\s\x00-\x1f\x7f-\x9f]+\s*$")
    )]
    pub email: String,
    /// The reset that is asked for again: its code stays valid beside the new one, as mails overtake each other.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reset_id: Option<ResetId>,
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

/// The same for every address.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PasswordResetRequested {
    /// Confirms the reset, together with the code.
    pub reset_id: ResetId,
    /// Validity of the code in seconds.
    pub expires_in: u64,
}

/// `POST /api/v1/password-resets/{reset_id}`
pub struct ConfirmPasswordReset;

impl Endpoint for ConfirmPasswordReset {
    const ID: &'static str = "confirm_password_reset";
    const SUMMARY: &'static str = "Sets a new password with a code, ends all sessions, and signs nobody in.";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/password-resets/{reset_id}";
    const SUCCESS: u16 = 204;
    const BODY: BodyFormat = BodyFormat::Json;
    const AUTH: Auth = Auth::Public;
    const LOCALIZATION: Localization = Localization::Mail;
    const MAX_BODY: usize = 256 * 1024;
    const DEADLINE: Duration = Duration::from_secs(20); // providers are called to revoke grants
    const ERRORS: &'static [&'static Code] = &[codes::CODE_INVALID, codes::PASSWORD_TOO_COMMON, codes::HASHING_BUSY];
    type Path = ResetPath;
    type Query = Nothing;
    type Body = ConfirmPasswordResetRequest;
    type Output = NoContent;
}

/// A reset, in the path.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ResetPath {
    /// Its id.
    pub reset_id: ResetId,
}

/// The code with the new password.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ConfirmPasswordResetRequest {
    /// 8 digits; spaces and hyphens between them are ignored.
    #[garde(length(chars, min = 8, max = 32), pattern(r"^[\s-]*([0-9０-９][\s-]*){8}$"))]
    pub code: String,
    /// 8 to 256 characters except control characters, counted in Unicode normal form C; common passwords are refused.
    #[garde(length(chars, min = 8, max = 256))]
    #[schemars(regex(pattern = r"^[^\x00-\x1f\x7f-\x9f]*$"))]
    pub password: Secret,
}

/// `PUT /api/v1/me/email`
pub struct ChangeEmail;

impl Endpoint for ChangeEmail {
    const ID: &'static str = "change_email";
    const SUMMARY: &'static str =
        "Asks to change the caller's e-mail, with the password or in a session of the last ten minutes.";
    const METHOD: Method = Method::Put;
    const PATH: &'static str = "/api/v1/me/email";
    const SUCCESS: u16 = 202;
    const BODY: BodyFormat = BodyFormat::Json;
    const AUTH: Auth = Auth::Required;
    const LOCALIZATION: Localization = Localization::Mail;
    const IDEMPOTENT: bool = false; // each call sends codes
    const MAX_BODY: usize = 256 * 1024;
    const DEADLINE: Duration = Duration::from_secs(5);
    const ERRORS: &'static [&'static Code] =
        &[codes::SESSION_NOT_FRESH, codes::NO_PASSWORD, codes::WRONG_PASSWORD, codes::HASHING_BUSY];
    type Path = Nothing;
    type Query = Nothing;
    type Body = ChangeEmailRequest;
    type Output = CodeRequested;
}

/// The new address.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ChangeEmailRequest {
    /// Gets a code, and so does the present one if it is proved. An address that another account has proved gets a
    /// notice instead. At most 254 bytes.
    #[garde(
        length(chars, min = 3, max = 254),
        pattern(r"^\s*[^@\s\x00-\x1f\x7f-\x9f]{1,64}@[^@\s\x00-\x1f\x7f-\x9f]+\s*$")
    )]
    pub email: String,
    /// The current password, needed unless the session is fresh. Failed attempts count against the sign-in limits.
    #[garde(length(chars, min = 1, max = 256))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
}

/// `POST /api/v1/me/email/change`
pub struct ConfirmEmailChange;

impl Endpoint for ConfirmEmailChange {
    const ID: &'static str = "confirm_email_change";
    const SUMMARY: &'static str = "Confirms a change of the caller's e-mail. Without a code from a proved present mailbox \
                                   the change waits for seven days; get_me shows it.";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/me/email/change";
    const SUCCESS: u16 = 204;
    const BODY: BodyFormat = BodyFormat::Json;
    const AUTH: Auth = Auth::Required;
    const LOCALIZATION: Localization = Localization::Mail;
    const ERRORS: &'static [&'static Code] = &[codes::CODE_INVALID, codes::EMAIL_TAKEN, codes::EMAIL_CLAIMED];
    type Path = Nothing;
    type Query = Nothing;
    type Body = ConfirmEmailChangeRequest;
    type Output = NoContent;
}

/// Codes of the session that asked.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ConfirmEmailChangeRequest {
    /// The code from the new mailbox; not needed again while the change waits.
    #[garde(length(chars, min = 8, max = 32), pattern(r"^[\s-]*([0-9０-９][\s-]*){8}$"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The code from the present mailbox.
    #[garde(length(chars, min = 8, max = 32), pattern(r"^[\s-]*([0-9０-９][\s-]*){8}$"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub present_code: Option<String>,
    /// `true` takes the address from an account that only claims it, after `auth.email_claimed`. That account is most
    /// often an old one of the same person, who would rather sign in to it.
    #[garde(skip)]
    #[serde(default)]
    pub take_claimed: bool,
}

/// `DELETE /api/v1/me/email/change`
pub struct CancelEmailChange;

impl Endpoint for CancelEmailChange {
    const ID: &'static str = "cancel_email_change";
    const SUMMARY: &'static str = "Cancels the pending change of the caller's e-mail, if there is one.";
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/api/v1/me/email/change";
    const SUCCESS: u16 = 204;
    const AUTH: Auth = Auth::Required;
    type Path = Nothing;
    type Query = Nothing;
    type Body = Nothing;
    type Output = NoContent;
}
