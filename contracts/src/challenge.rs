//! A challenge as problem documents name it: what an action needs before a retry.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Secret;

/// A required challenge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CaptchaRequired {
    /// Goes into `issue_challenge` of captcha-service, which derives the difficulty from it.
    pub assess_id: Secret,
    /// Difficulty: 1 to 3.
    pub level: u8,
    /// Purpose of the pass.
    pub action: Action,
    /// The page that shows it on a TV, with the action and the assessment in its query.
    pub captcha_url: String,
}

/// A page for the phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PhoneAlternative {
    /// Its URL; short enough for a QR code.
    pub url: String,
    /// Code to enter there, where the page needs one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// Action behind the captcha. A pass for one action is valid for no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Sign in to an account that exists.
    LogIn,
    /// Open an account.
    SignUp,
    /// Replace a forgotten password.
    ResetPassword,
    /// Send a code by SMS or mail, which costs money.
    SendCode,
    /// Anything else.
    Other,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::LogIn, Self::SignUp, Self::ResetPassword, Self::SendCode, Self::Other];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LogIn => "log_in",
            Self::SignUp => "sign_up",
            Self::ResetPassword => "reset_password",
            Self::SendCode => "send_code",
            Self::Other => "other",
        }
    }
}
