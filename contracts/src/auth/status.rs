//! How auth-service is doing.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::endpoint::{Auth, Endpoint, Method, Nothing};
use crate::status::{Health, LimitsStatus, StorageStatus};

/// `GET /api/v1/status`
pub struct GetAuthStatus;

impl Endpoint for GetAuthStatus {
    const ID: &'static str = "get_auth_status";
    const SUMMARY: &'static str =
        "How this server keeps its data. Always 200; what needs somebody's eyes shows as `warn`.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/status";
    const AUTH: Auth = Auth::Public;
    type Path = Nothing;
    type Query = Nothing;
    type Body = Nothing;
    type Output = GetAuthStatusResponse;
}

/// How this server is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GetAuthStatusResponse {
    /// The worst of the parts.
    pub status: Health,
    /// Version of this server.
    pub version: String,
    /// How accounts and sign-ins are kept.
    pub partitions: PartitionsStatus,
    /// Whether accounts can be written.
    pub storage: StorageStatus,
    /// Who counts requests against the limits.
    pub limits: LimitsStatus,
}

/// How accounts and sign-ins are kept, as the hourly upkeep saw it last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PartitionsStatus {
    /// `warn` when somebody should look: at an alarm, or at why there was no look for hours.
    pub status: Health,
    /// When this server last looked; absent before the first time, some seconds after its start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked_at: Option<DateTime<Utc>>,
    /// Whether this server was the one of all replicas that did the work then.
    pub leader: bool,
    /// What is not as it should be, at most 100.
    pub alarms: Vec<PartitionAlarm>,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PartitionAlarm {
    /// A word such as `month_missing`; others may be added.
    pub kind: String,
    /// What it is about, in words.
    pub what: String,
}
