//! Whether a request needs a challenge, before anybody is shown one.

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
    const SUMMARY: &'static str = "Tells a service how much of a bot a request looks like, and what to do about it.";
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

/// What the service knows of the request. A field that is left out never makes the check milder. Account, platform and signals
/// are bound to the pass and compared by `site_verify`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AssessRiskRequest {
    /// What the request wants.
    #[garde(skip)]
    pub action: Action,
    /// The `device_token` that captcha-service gave this device. Other text names a device without proving anything.
    #[garde(inner(length(bytes, min = 1, max = 512)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_id: Option<Secret>,
    /// Address of the client, IPv4 or IPv6. What is no address counts as none.
    #[garde(inner(length(bytes, max = 64)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    /// What kind of device it says it is; `site_verify` compares it (`expect_platform`).
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// A hash of the account that is meant; `site_verify` compares it (`expect_account`).
    #[garde(inner(length(bytes, max = 128)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_hash: Option<String>,
    /// What the caller has found out by itself. A pass does not cover a signal that was found later (`expect_signals`).
    #[garde(length(max = 8))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signals: Vec<Signal>,
}

/// A kind of device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    /// A TV, worked with a remote control that has arrows and OK.
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

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tv => "tv",
            Self::Mobile => "mobile",
            Self::Web => "web",
            Self::Other => "other",
        }
    }
}

/// Something that the network or the front proxy can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// The address belongs to a hosting provider.
    HostingNetwork,
    /// The TLS handshake is not that of the platform it claims to be.
    TlsMismatch,
    /// The user agent cannot exist.
    ImpossibleAgent,
    /// There were wrong passwords lately, for this account or from this address.
    FailedTries,
}

impl Signal {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::HostingNetwork, Self::TlsMismatch, Self::ImpossibleAgent, Self::FailedTries];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HostingNetwork => "hosting_network",
            Self::TlsMismatch => "tls_mismatch",
            Self::ImpossibleAgent => "impossible_agent",
            Self::FailedTries => "failed_tries",
        }
    }
}

/// What to do with the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AssessRiskResponse {
    /// What to do.
    pub decision: Decision,
    /// How hard a challenge would be: 0 is none, 1 to 3 are pictures.
    pub level: u8,
    /// 0 (a person) to 100 (a bot).
    pub risk: u8,
    /// What the risk is made of: words such as `unknown_device`; others may be added.
    pub reasons: Vec<String>,
    /// Goes into `issue_challenge`, so that the picture is as hard as decided here.
    pub assess_id: Secret,
    /// For how many seconds this holds.
    pub expires_in: u64,
    /// Whether the shared store is away, so that little is known.
    pub degraded: bool,
}

/// What to do with a request. In shadow mode it is always `allow`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Go on without a challenge.
    Allow,
    /// Show a challenge, then ask `site_verify`.
    Challenge,
    /// Refuse for as long as `expires_in` says: this device is cooling down.
    Deny,
    /// Offer another way than a picture, such as the phone.
    Alternative,
}
