//! The published files of captcha-service that auth-service depends on, read from the folder when a test runs.

use std::sync::LazyLock;

use serde_json::Value;
use service_kit::testing::{PublishedSchema, published_operation_takes};

pub const ASSESS: &str = "/api/v1/captcha/assess";
pub const SITE_VERIFY: &str = "/siteverify";

static ASSESS_REQUEST: LazyLock<PublishedSchema> =
    LazyLock::new(|| PublishedSchema::read("captcha/assess-risk-request"));
static OUTCOME: LazyLock<PublishedSchema> = LazyLock::new(|| PublishedSchema::read("captcha/report-outcome-request"));
static VERIFY_REQUEST: LazyLock<PublishedSchema> =
    LazyLock::new(|| PublishedSchema::read("captcha/site-verify-request"));
pub static ASSESSMENT: LazyLock<PublishedSchema> =
    LazyLock::new(|| PublishedSchema::read("captcha/assess-risk-response"));
pub static VERDICT: LazyLock<PublishedSchema> = LazyLock::new(|| PublishedSchema::read("captcha/site-verify-response"));

/// Breaches of the published files by a request of auth-service and by the answer to it; `null` is none.
pub fn breaches(method: &str, path: &str, media_type: &str, body: &Value, answer: &Value) -> Vec<String> {
    let request = match path {
        ASSESS => ASSESS_REQUEST.complaint(body),
        SITE_VERIFY => VERIFY_REQUEST.complaint(body),
        _ => OUTCOME.complaint(body),
    };
    let answer = match path {
        ASSESS if !answer.is_null() => ASSESSMENT.complaint(answer),
        SITE_VERIFY => VERDICT.complaint(answer),
        _ => String::new(),
    };
    let operation = published_operation_takes("captcha", method, path, media_type);
    operation.err().into_iter().chain([request, answer]).filter(|complaint| !complaint.is_empty()).collect()
}
