//! Outcomes after a pass: the one signal that bots cannot fake.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Secret;
use crate::codes;
use crate::endpoint::{Auth, BodyFormat, Endpoint, Method, NoContent, Nothing};
use crate::problem::Code;

/// `POST /api/v1/captcha/feedback`
pub struct ReportOutcome;

impl Endpoint for ReportOutcome {
    const ID: &'static str = "report_outcome";
    const SUMMARY: &'static str = "Records the outcome of a request after its pass.";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/captcha/feedback";
    const SUCCESS: u16 = 204;
    const BODY: BodyFormat = BodyFormat::Json;
    const AUTH: Auth = Auth::ServiceClient;
    const IDEMPOTENT: bool = true; // one outcome counts per pass
    const MAX_BODY: usize = 8 * 1024;
    const ERRORS: &'static [&'static Code] = &[codes::CHALLENGES_UNAVAILABLE];
    type Path = Nothing;
    type Query = Nothing;
    type Body = ReportOutcomeRequest;
    type Output = NoContent;
}

/// An outcome. Unknown passes are ignored; give one of `token_id` and `token`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ReportOutcomeRequest {
    /// `token_id` from `site_verify`.
    #[garde(length(chars, min = 1, max = 64))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_id: Option<String>,
    /// The pass itself.
    #[garde(length(chars, min = 1, max = 512))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Secret>,
    /// The outcome.
    #[garde(skip)]
    pub outcome: Outcome,
}

/// Outcome of a request after its pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The user signed in.
    LoginOk,
    /// The password was wrong.
    BadPassword,
    /// Fraud.
    Fraud,
}
