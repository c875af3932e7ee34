//! Status of captcha-service.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::endpoint::{Auth, Endpoint, Method, Nothing};
use crate::status::{Health, LimitsStatus};

/// `GET /api/v1/captcha/status`
pub struct GetCaptchaStatus;

impl Endpoint for GetCaptchaStatus {
    const ID: &'static str = "get_captcha_status";
    const SUMMARY: &'static str =
        "Status of this server and its store of challenges. Always 200; degradation shows as `warn`.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/captcha/status";
    const AUTH: Auth = Auth::Public;
    type Path = Nothing;
    type Query = Nothing;
    type Body = Nothing;
    type Output = GetCaptchaStatusResponse;
}

/// Status of this server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GetCaptchaStatusResponse {
    /// The worst status of the parts.
    pub status: Health,
    /// Version of this server.
    pub version: String,
    /// Store of challenges.
    pub store: StoreStatus,
    /// State of the rate limits.
    pub limits: LimitsStatus,
}

/// Store of challenges.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StoreStatus {
    /// `warn` while they should be shared and are not.
    pub status: Health,
    /// `true` when all replicas share one store; otherwise each process has its own.
    pub shared: bool,
    /// `true` while this process uses its own store because the shared one is unavailable.
    pub degraded: bool,
}
