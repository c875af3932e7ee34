//! What became of somebody after a pass: the signal that no bot can fake.

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
    const SUMMARY: &'static str = "Takes note of what became of a request after its pass.";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/captcha/feedback";
    const SUCCESS: u16 = 204;
    const BODY: BodyFormat = BodyFormat::Json;
    const AUTH: Auth = Auth::ServiceClient;
    const IDEMPOTENT: bool = true; // of a pass one outcome counts
    const MAX_BODY: usize = 8 * 1024;
    const ERRORS: &'static [&'static Code] = &[codes::CHALLENGES_UNAVAILABLE];
    type Path = Nothing;
    type Query = Nothing;
    type Body = TellOutcomeRequest;
    type Output = NoContent;
}

/// An outcome. A pass that is not known any more is passed over; give one of `token_id` and `token`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct TellOutcomeRequest {
    /// As `site_verify` named the pass.
    #[garde(inner(length(bytes, min = 1, max = 64)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_id: Option<String>,
    /// The pass itself.
    #[garde(inner(length(bytes, min = 1, max = 512)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Secret>,
    /// What became of it.
    #[garde(skip)]
    pub outcome: Outcome,
}

/// What became of a request after its pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Somebody signed in.
    LoginOk,
    /// The password was wrong.
    BadPassword,
    /// It was fraud.
    Fraud,
}
