//! How movies-api is doing.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::endpoint::{Auth, Endpoint, Method, Nothing};
pub use crate::status::{Health, LimitsStatus, StorageStatus};

/// `GET /api/v1/status`
pub struct GetStatus;

impl Endpoint for GetStatus {
    const ID: &'static str = "get_status";
    const SUMMARY: &'static str = "What this server can do right now. Always 200; a missing part shows as `warn`.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/status";
    const AUTH: Auth = Auth::Public;
    type Path = Nothing;
    type Query = Nothing;
    type Body = Nothing;
    type Output = GetStatusResponse;
}

/// What this server can do right now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GetStatusResponse {
    /// The worst of the parts.
    pub status: Health,
    /// Version of this server.
    pub version: String,
    /// Whether auth-service answers.
    pub auth: AuthStatus,
    /// The catalogue that is being served.
    pub catalogue: CatalogueStatus,
    /// Whether editors' changes can be written.
    pub storage: StorageStatus,
    /// Who counts requests against the limits.
    pub limits: LimitsStatus,
}

/// Whether auth-service answers, as its callers have met it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuthStatus {
    /// `pass` while tokens are checked, else `warn`.
    pub status: Health,
    /// Whether tokens can be checked.
    pub reachable: bool,
    /// State of the breaker.
    pub breaker: BreakerState,
    /// Since when it has been so.
    pub since: DateTime<Utc>,
    /// What went wrong last: a word such as `connection_refused`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}

/// States of a breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BreakerState {
    /// Calls go through.
    Closed,
    /// No call goes through.
    Open,
    /// One call at a time goes through.
    HalfOpen,
    /// More and more calls go through.
    Ramp,
}

/// The catalogue that is being served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CatalogueStatus {
    /// `warn` while the database cannot be read; what is in memory is served on.
    pub status: Health,
    /// Films in the index.
    pub films: u64,
    /// Place in the change feed up to which the index has read.
    pub seq: u64,
    /// When the feed was last read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked_at: Option<DateTime<Utc>>,
}
