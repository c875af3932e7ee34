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
