//! Verification of a pass with the fields of Turnstile, reCAPTCHA and hCaptcha, so that their clients work here.

use std::time::Duration;

use chrono::{DateTime, Utc};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Action;
use crate::Secret;
use crate::endpoint::{Auth, BodyFormat, CrossOrigin, Endpoint, Method, Nothing};

/// `POST /siteverify`
pub struct SiteVerify;

impl Endpoint for SiteVerify {
    const ID: &'static str = "site_verify";
    const SUMMARY: &'static str = "Verifies a pass, and uses it up.";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/siteverify";
    const BODY: BodyFormat = BodyFormat::FormOrJson;
    const AUTH: Auth = Auth::Public;
    const CROSS_ORIGIN: CrossOrigin = CrossOrigin::Denied; // it takes the secret of a site
    const DEADLINE: Duration = Duration::from_millis(500);
    const MAX_BODY: usize = 16 * 1024;
    type Path = Nothing;
    /// Clients of reCAPTCHA send the fields here and no body; a field of the body takes precedence.
    type Query = SiteVerifyRequest;
    type Body = SiteVerifyRequest;
    type Output = SiteVerifyResponse;
}

/// `GET /siteverify`
pub struct SiteVerifyByQuery;

impl Endpoint for SiteVerifyByQuery {
    const ID: &'static str = "site_verify_by_query";
    const SUMMARY: &'static str =
        "The same for clients that send the fields in the query; prefer POST, which no proxy logs.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/siteverify";
    const AUTH: Auth = Auth::Public;
    const CROSS_ORIGIN: CrossOrigin = CrossOrigin::Denied;
    const IDEMPOTENT: bool = false; // it uses the pass up
    const DEADLINE: Duration = Duration::from_millis(500);
    type Path = Nothing;
    type Query = SiteVerifyRequest;
    type Body = Nothing;
    type Output = SiteVerifyResponse;
}

/// A verification request. Unknown fields are ignored, as the other services do.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema, Validate)]
pub struct SiteVerifyRequest {
    /// The secret of the site.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<Secret>,
    /// The pass.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<Secret>,
    /// Address of the client. Another network than at the challenge is reported as a reason and rejects nothing.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remoteip: Option<String>,
    /// The site that the pass must be for.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sitekey: Option<String>,
    /// A UUID. The same request with the same key gets the same result for 60 seconds, so that it can be retried when
    /// the response was lost.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    /// Required purpose of the pass, a name of [`Action`].
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect_action: Option<String>,
    /// The `device_token` of the device that the pass must be from.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect_device: Option<Secret>,
    /// The `account_hash` of the assessment. If any of this and the next two fields is given, all three must match the
    /// assessment of the challenge: a field omitted there is omitted here, and a challenge without assessment is
    /// rejected.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect_account: Option<String>,
    /// The `platform` of the assessment.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect_platform: Option<String>,
    /// Signals that the caller finds now, separated by spaces. The assessment must have included each of them.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect_signals: Option<String>,
}

impl SiteVerifyRequest {
    /// Fills missing fields from `other`.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            secret: self.secret.or(other.secret),
            response: self.response.or(other.response),
            remoteip: self.remoteip.or(other.remoteip),
            sitekey: self.sitekey.or(other.sitekey),
            idempotency_key: self.idempotency_key.or(other.idempotency_key),
            expect_action: self.expect_action.or(other.expect_action),
            expect_device: self.expect_device.or(other.expect_device),
            expect_account: self.expect_account.or(other.expect_account),
            expect_platform: self.expect_platform.or(other.expect_platform),
            expect_signals: self.expect_signals.or(other.expect_signals),
        }
    }
}

/// The result. Status 200 does not mean success: check `success`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SiteVerifyResponse {
    /// `true` when the pass is valid.
    pub success: bool,
    /// Time of the passed challenge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge_ts: Option<DateTime<Utc>>,
    /// The site key of the pass, in the field where other services put the host of the page: an app has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
    /// Purpose of the pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<Action>,
    /// 1.0 (human) to 0.0 (bot), as in reCAPTCHA v3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// Contributions to the score, and `address_changed`.
    #[serde(rename = "score-reason", default, skip_serializing_if = "Vec::is_empty")]
    pub score_reason: Vec<String>,
    /// Reasons of a rejection; see [`ErrorCode`].
    #[serde(rename = "error-codes", default)]
    pub error_codes: Vec<ErrorCode>,
    /// Identifies the pass in `report_outcome`; not a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_id: Option<String>,
    /// `true` when the shared store was unavailable at the answer or is now: a pass may then have been accepted once
    /// per replica, so tighten your own limits.
    pub degraded: bool,
}

/// Reasons of a rejected pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorCode {
    /// `secret` is missing.
    MissingInputSecret,
    /// The secret belongs to no site.
    InvalidInputSecret,
    /// `response` is missing.
    MissingInputResponse,
    /// The pass was not issued here.
    InvalidInputResponse,
    /// A field is invalid, such as an `idempotency_key` that is no UUID or an unknown platform.
    BadRequest,
    /// The pass has expired or was used before.
    TimeoutOrDuplicate,
    /// Not verifiable now; retry. Never treat it as success.
    InternalError,
    /// The pass is for another site than the secret or the `sitekey`.
    SitekeySecretMismatch,
    /// The pass is for another action.
    ActionMismatch,
    /// The pass is from another device.
    DeviceMismatch,
    /// The challenge was not assessed for this account, platform and signals.
    AssessmentMismatch,
}
