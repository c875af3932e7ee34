//! Errors as RFC 9457 problem documents. Clients switch on `code`, never on `title` or `detail`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use crate::challenge::{CaptchaRequired, PhoneAlternative};

/// The media type of every error body.
pub const CONTENT_TYPE: &str = "application/problem+json";

/// One entry of the error catalogue. Codes are never reused for another meaning.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// Stable name that clients switch on, `area.reason`.
    pub code: &'static str,
    /// HTTP status it always comes with.
    pub status: u16,
    /// Short text for people, the same at every occurrence.
    pub title: &'static str,
}

impl Code {
    /// The problem type URI: a URN, because no server needs to be up to understand an error.
    pub fn type_uri(&self) -> String {
        format!("urn:marquee:problem:{}", self.code)
    }
}

/// The body of every error response.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// URI of the kind of problem: `urn:marquee:problem:` and the code.
    #[serde(rename = "type")]
    pub type_uri: String,
    /// Short text for people, fixed per code.
    pub title: String,
    /// The HTTP status again.
    pub status: u16,
    /// Explanation of this occurrence, for people; may change between releases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Stable name to switch on.
    pub code: String,
    /// The id of this request, as in header `X-Request-Id` and in the logs.
    pub request_id: String,
    /// Each bad field of the input.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Milliseconds to wait before a retry; header `Retry-After` has whole seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// The limits that rejected this request, by their names in headers `RateLimit` and `RateLimit-Policy`
    /// (draft-ietf-httpapi-ratelimit-headers-10, problem type `quota-exceeded`).
    #[serde(rename = "violated-policies", default, skip_serializing_if = "Vec::is_empty")]
    pub violated_policies: Vec<String>,
    /// The challenge to pass before a retry with its pass. Its fields are flattened into this object.
    #[serde(flatten, default, skip_serializing_if = "Option::is_none")]
    pub captcha: Option<CaptchaRequired>,
    /// With `captcha.refused`: the phone, where the operator offers it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<PhoneAlternative>,
    /// While a decision about a device is pending: `true` when its user code has been entered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed: Option<bool>,
    /// The same in the words of OAuth. Its fields are flattened into this object.
    #[serde(flatten, default, skip_serializing_if = "Option::is_none")]
    pub oauth: Option<OAuthError>,
}

/// An error in the words of OAuth (RFC 6749 §5.2, RFC 6750 §3.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OAuthError {
    /// Name of the error in the standard; only below `/oauth2/`.
    pub error: String,
    /// Explanation of this occurrence in ASCII, for people; only below `/oauth2/`.
    pub error_description: String,
}

/// One bad field of the input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FieldError {
    /// Location: a JSON Pointer (RFC 6901) into the body, or `?name` for a query and `{name}` for a path parameter.
    pub pointer: String,
    /// Stable name: `invalid_value`, `unknown_field`, `missing_field` or `wrong_type`.
    pub code: String,
    /// The rule that is violated.
    pub detail: String,
}
