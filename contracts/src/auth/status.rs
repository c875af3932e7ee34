//! Status of auth-service.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::endpoint::{Auth, Endpoint, Method, Nothing};
use crate::status::{Health, LimitsStatus, StorageStatus};

/// `GET /api/v1/status`
pub struct GetAuthStatus;

impl Endpoint for GetAuthStatus {
    const ID: &'static str = "get_auth_status";
    const SUMMARY: &'static str = "Status of this server and its partitions. Always 200; a finding shows as `warn`.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/status";
    const AUTH: Auth = Auth::Public;
    type Path = Nothing;
    type Query = Nothing;
    type Body = Nothing;
    type Output = GetAuthStatusResponse;
}

/// Status of this server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GetAuthStatusResponse {
    /// The worst status of the parts.
    pub status: Health,
    /// Version of this server.
    pub version: String,
    /// Partitions of accounts and sign-ins.
    pub partitions: PartitionsStatus,
    /// Writability of the database.
    pub storage: StorageStatus,
    /// State of the rate limits.
    pub limits: LimitsStatus,
}

/// Partitions of accounts and sign-ins, as of the last hourly maintenance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PartitionsStatus {
    /// `warn` on an alarm, or when the last check is hours old.
    pub status: Health,
    /// Time of the last check by this server; absent for the first seconds after its start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked_at: Option<DateTime<Utc>>,
    /// `true` when this replica was the leader and did the work then.
    pub leader: bool,
    /// Alarms, at most 100.
    pub alarms: Vec<PartitionAlarm>,
}

/// A finding of the partition maintenance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PartitionAlarm {
    /// Stable name such as `month_missing`; others may be added.
    pub kind: String,
    /// Description for people.
    pub what: String,
}
