//! Risk assessment of a request, before a challenge is shown.

use std::time::Duration;

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Action;
use crate::Secret;
use crate::endpoint::{Auth, BodyFormat, Endpoint, Method, Nothing};

/// `POST /api/v1/captcha/assess`
pub struct AssessRisk;

impl Endpoint for AssessRisk {
    const ID: &'static str = "assess_risk";
    const SUMMARY: &'static str = "Rates how much a request looks like that of a bot, and decides on it.";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/captcha/assess";
    const BODY: BodyFormat = BodyFormat::Json;
    const AUTH: Auth = Auth::ServiceClient;
    const IDEMPOTENT: bool = true; // a repeated call may use up one more waiver, which errs on the strict side
    const DEADLINE: Duration = Duration::from_millis(100);
    const MAX_BODY: usize = 8 * 1024;
    type Path = Nothing;
    type Query = Nothing;
    type Body = AssessRiskRequest;
    type Output = AssessRiskResponse;
}

/// Facts about the request. Omitting a field never makes the check milder. Account, platform and signals are bound to
/// the pass and compared by `site_verify`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AssessRiskRequest {
    /// Purpose of the request.
    #[garde(skip)]
    pub action: Action,
    /// The `device_token` that captcha-service issued to this device. Other text identifies a device without proving
    /// anything.
    #[garde(length(chars, min = 1, max = 512))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_id: Option<Secret>,
    /// Address of the client, IPv4 or IPv6. Text that is no address counts as absent.
    #[garde(length(chars, max = 64))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    /// Kind of device, as reported by the client; `site_verify` compares it (`expect_platform`).
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// A hash of the account in question; `site_verify` compares it (`expect_account`).
    #[garde(length(chars, max = 128))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_hash: Option<String>,
    /// The caller's own findings. A pass does not cover a signal that was found later (`expect_signals`).
    #[garde(length(max = 8))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signals: Vec<Signal>,
}

/// A kind of device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    /// A TV, operated with a remote control that has arrows and OK.
    Tv,
    /// A phone or tablet.
    Mobile,
    /// A browser with a keyboard.
    Web,
    /// Anything else.
    Other,
}

impl Platform {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Tv, Self::Mobile, Self::Web, Self::Other];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tv => "tv",
            Self::Mobile => "mobile",
            Self::Web => "web",
            Self::Other => "other",
        }
    }
}

/// A finding of the network or the front proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// The address belongs to a hosting provider.
    HostingNetwork,
    /// The TLS handshake does not match the claimed platform.
    TlsMismatch,
    /// The user agent cannot exist.
    ImpossibleAgent,
    /// Recent wrong passwords for this account or from this address.
    FailedTries,
}

impl Signal {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::HostingNetwork, Self::TlsMismatch, Self::ImpossibleAgent, Self::FailedTries];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HostingNetwork => "hosting_network",
            Self::TlsMismatch => "tls_mismatch",
            Self::ImpossibleAgent => "impossible_agent",
            Self::FailedTries => "failed_tries",
        }
    }
}

/// The decision on the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AssessRiskResponse {
    /// The decision.
    pub decision: Decision,
    /// Difficulty of the challenge: 0 is none, 1 to 3 are pictures.
    pub level: u8,
    /// 0 (human) to 100 (bot).
    pub risk: u8,
    /// Contributions to the risk, such as `unknown_device`; others may be added.
    pub reasons: Vec<String>,
    /// Goes into `issue_challenge`, so that the picture has the difficulty decided here.
    pub assess_id: Secret,
    /// Validity in seconds.
    pub expires_in: u64,
    /// `true` while the shared store is unavailable, so that little is known.
    pub degraded: bool,
}

/// Decision on a request. In shadow mode it is always `allow`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Continue without a challenge.
    Allow,
    /// Show a challenge, then call `site_verify`.
    Challenge,
    /// Reject for `expires_in` seconds: this device is cooling down.
    Deny,
    /// Offer an alternative to a picture, such as the phone.
    Alternative,
}
