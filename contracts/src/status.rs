//! Types shared by the statuses of all services.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// State of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// Works.
    Pass,
    /// Degraded; requests are served with less.
    Warn,
    /// Cannot serve requests.
    Fail,
}

/// Writability of the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StorageStatus {
    /// `warn` while writes fail; reads are still served.
    pub status: Health,
    /// `true` when the last write succeeded. Also `false` when the file of an embedded database was moved.
    pub writable: bool,
}

impl StorageStatus {
    /// Status of a database that is writable, or not.
    pub const fn of(writable: bool) -> Self {
        Self { status: if writable { Health::Pass } else { Health::Warn }, writable }
    }
}

/// State of the rate limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LimitsStatus {
    /// `warn` while limits should be shared and are not.
    pub status: Health,
    /// `true` when the limits hold over all replicas; otherwise each process counts for itself.
    pub shared: bool,
    /// `true` while this process counts by itself, with its share of each limit, because the shared store is
    /// unavailable.
    pub degraded: bool,
}
