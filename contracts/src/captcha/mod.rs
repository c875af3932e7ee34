//! captcha-service: risk assessment, challenges for TVs, and verification of passes for other services.

pub mod assess;
pub mod challenges;
pub mod feedback;
pub mod siteverify;
pub mod status;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::endpoint::EndpointInfo;

/// Every endpoint of captcha-service.
pub const ENDPOINTS: &[EndpointInfo] = &[
    EndpointInfo::of::<assess::AssessRisk>(),
    EndpointInfo::of::<challenges::IssueChallenge>(),
    EndpointInfo::of::<challenges::AnswerChallenge>(),
    EndpointInfo::of::<challenges::RefreshChallenge>(),
    EndpointInfo::of::<challenges::ExtendChallenge>(),
    EndpointInfo::of::<siteverify::SiteVerify>(),
    EndpointInfo::of::<siteverify::SiteVerifyByQuery>(),
    EndpointInfo::of::<feedback::ReportOutcome>(),
    EndpointInfo::of::<status::GetCaptchaStatus>(),
];

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
