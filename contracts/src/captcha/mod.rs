//! captcha-service: risk assessment, challenges for TVs, and verification of passes for other services.

pub mod assess;
pub mod challenges;
pub mod feedback;
pub mod siteverify;
pub mod status;

pub use crate::challenge::Action;
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
