//! What the statuses of all services are made of.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How well a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// As it should be.
    Pass,
    /// Something is missing; answers go on with less.
    Warn,
    /// Not able to answer.
    Fail,
}

/// Whether the database takes writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StorageStatus {
    /// `warn` while it does not; what can be read is served.
    pub status: Health,
    /// Whether the last write was made. `false` as well when the file of an embedded database was moved away.
    pub writable: bool,
}

impl StorageStatus {
    /// Of a database that takes writes, or not.
    pub const fn of(writable: bool) -> Self {
        Self { status: if writable { Health::Pass } else { Health::Warn }, writable }
    }
}

/// Who counts requests against the limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LimitsStatus {
    /// `warn` while limits should be shared and are not.
    pub status: Health,
    /// Whether the limits are meant to hold over all replicas; else each process counts for itself.
    pub shared: bool,
    /// Whether this process counts by itself, with its share of each limit, because the shared store is away.
    pub degraded: bool,
}
