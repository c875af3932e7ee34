//! Reasons to reject a request.

use std::time::Duration;

use contracts::problem::CaptchaRequired;

use crate::captcha_client::CaptchaUnavailable;

/// Reasons to reject a request.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BotFilterError {
    /// A challenge must be passed first.
    #[error("a challenge is to be passed first")]
    Needed(Box<CaptchaRequired>),
    /// Rejected without a challenge.
    #[error("no challenge is given now")]
    Refused(Duration),
    /// A challenge would be required, but captcha-service is unavailable.
    #[error("captcha-service does not answer")]
    Unavailable(Duration),
    /// Too many attempts while challenges are unavailable.
    #[error("too many attempts without a challenge")]
    Throttled(Duration),
}

impl From<CaptchaUnavailable> for BotFilterError {
    fn from(error: CaptchaUnavailable) -> Self {
        Self::Unavailable(error.retry_after)
    }
}
