//! captcha-service: risk assessment, challenges for TVs, and verification of passes for other services.

pub mod assess;
pub mod challenges;
mod examples;
pub mod feedback;
pub mod siteverify;
pub mod status;

pub use crate::challenge::Action;
use crate::operation::registry;

registry! {
    /// Every endpoint of captcha-service.
    assess::AssessRisk,
    challenges::IssueChallenge,
    challenges::AnswerChallenge,
    challenges::RefreshChallenge,
    challenges::ExtendChallenge,
    siteverify::SiteVerify,
    siteverify::SiteVerifyByQuery,
    feedback::ReportOutcome,
    status::GetCaptchaStatus,
}
