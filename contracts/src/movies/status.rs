//! Status of movies-api.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::endpoint::{Auth, Endpoint, Method, Nothing};
pub use crate::status::{Health, LimitsStatus, StorageStatus};

/// `GET /api/v1/status`
pub struct GetStatus;

impl Endpoint for GetStatus {
    const ID: &'static str = "get_status";
    const SUMMARY: &'static str =
        "Status of this server and its dependencies. Always 200; a missing part shows as `warn`.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/status";
    const AUTH: Auth = Auth::Public;
    type Path = Nothing;
    type Query = Nothing;
    type Body = Nothing;
    type Output = GetStatusResponse;
}

/// Status of this server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GetStatusResponse {
    /// The worst status of the parts.
    pub status: Health,
    /// Version of this server.
    pub version: String,
    /// Reachability of auth-service.
    pub auth: AuthStatus,
    /// The catalogue in memory.
    pub catalogue: CatalogueStatus,
    /// Writability of the database.
    pub storage: StorageStatus,
    /// State of the rate limits.
    pub limits: LimitsStatus,
}

/// Reachability of auth-service, from the results of recent calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuthStatus {
    /// `pass` while tokens are checked, else `warn`.
    pub status: Health,
    /// `true` when tokens can be checked.
    pub reachable: bool,
    /// State of the breaker.
    pub breaker: BreakerState,
    /// Time of the last change of state.
    pub since: DateTime<Utc>,
    /// Last failure, such as `connection_refused`.
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

/// The catalogue in memory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CatalogueStatus {
    /// `warn` while the database cannot be read; reads are served from memory.
    pub status: Health,
    /// Films in the index.
    pub films: u64,
    /// Position in the change feed up to which the index has read.
    pub seq: u64,
    /// Time of the last poll of the feed, successful or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked_at: Option<DateTime<Utc>>,
}
