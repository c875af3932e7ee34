//! The only map from errors of flows to problem codes.

use std::time::Duration;

use contracts::codes;
use service_kit::ApiError;

use crate::domain::ChangeRefusal;
use crate::endpoints::wait;
use crate::flows::answer::AnswerError;
use crate::flows::assess::AssessError;
use crate::flows::change_picture::ChangeError;
use crate::flows::issue::IssueError;
use crate::stores::StoreError;

/// `Retry-After` while the store is unavailable.
const RETRY_AFTER: Duration = Duration::from_secs(2);

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Self::new(codes::CHALLENGES_UNAVAILABLE).retry_after(RETRY_AFTER).source(error)
    }
}

impl From<IssueError> for ApiError {
    fn from(error: IssueError) -> Self {
        match error {
            IssueError::UnknownSite => Self::new(codes::CAPTCHA_UNKNOWN_SITE),
            IssueError::Assessment => Self::new(codes::CAPTCHA_ASSESSMENT_INVALID),
            IssueError::Refused(after) => Self::new(codes::CAPTCHA_REFUSED).retry_after(wait(after)),
            IssueError::FailsClosed => Self::new(codes::CHALLENGES_UNAVAILABLE).retry_after(RETRY_AFTER),
            IssueError::Store(source) => source.into(),
            IssueError::Unsealed => Self::internal(error),
        }
    }
}

impl From<AnswerError> for ApiError {
    fn from(error: AnswerError) -> Self {
        match error {
            AnswerError::Store(source) => source.into(),
            AnswerError::Unsealed => Self::internal(error),
        }
    }
}

impl From<ChangeError> for ApiError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Refused(ChangeRefusal::Over) => Self::new(codes::CAPTCHA_SESSION_OVER),
            ChangeError::Refused(ChangeRefusal::UsedUp) => Self::new(codes::CAPTCHA_USED_UP),
            ChangeError::Store(source) => source.into(),
            ChangeError::Unsealed => Self::internal(error),
        }
    }
}

impl From<AssessError> for ApiError {
    fn from(error: AssessError) -> Self {
        match error {
            AssessError::Store(_) => Self::new(codes::UNAVAILABLE).retry_after(RETRY_AFTER).source(error),
            AssessError::Unsealed => Self::internal(error),
        }
    }
}
