//! How captcha-service is doing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::endpoint::{Auth, Endpoint, Method, Nothing};
use crate::status::{Health, LimitsStatus};

/// `GET /api/v1/captcha/status`
pub struct GetCaptchaStatus;

impl Endpoint for GetCaptchaStatus {
    const ID: &'static str = "get_captcha_status";
    const SUMMARY: &'static str = "Where this server keeps challenges. Always 200; what needs eyes shows as `warn`.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/captcha/status";
    const AUTH: Auth = Auth::Public;
    type Path = Nothing;
    type Query = Nothing;
    type Body = Nothing;
    type Output = GetCaptchaStatusResponse;
}

/// How this server is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GetCaptchaStatusResponse {
    /// The worst of the parts.
    pub status: Health,
    /// Version of this server.
    pub version: String,
    /// Where challenges are kept.
    pub store: StoreStatus,
    /// Who counts requests against the limits.
    pub limits: LimitsStatus,
}

/// Where challenges are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StoreStatus {
    /// `warn` while they should be shared and are not.
    pub status: Health,
    /// Whether all replicas are meant to keep them together; else each process has its own.
    pub shared: bool,
    /// Whether this process goes on by itself because the shared store is away.
    pub degraded: bool,
}
