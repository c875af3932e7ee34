//! Viewers, and the films they may play.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Age ratings in use (Russian scheme: suitable from that age on).
pub const AGE_RATINGS: [u8; 5] = [0, 6, 12, 16, 18];

/// The viewer that a response was made for. Clients must tell three cases apart: no token, a valid token, and a token
/// that could not be checked (keep the session, do not sign out).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ViewerMark {
    /// The case.
    pub mode: ViewerMode,
    /// The reason, when the mode is `degraded`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<DegradedReason>,
}

/// Kinds of viewers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ViewerMode {
    /// No token came with the request.
    Anonymous,
    /// The token is valid.
    Member,
    /// A token came, but auth-service could not check it; served as anonymous.
    Degraded,
}

/// Reasons of an unchecked token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DegradedReason {
    /// The circuit breaker is open after repeated failures of auth-service.
    CircuitOpen,
    /// auth-service did not answer in time.
    Timeout,
    /// auth-service could not be reached, or closed the connection early.
    Unreachable,
    /// auth-service answered with an error or an invalid response.
    ErrorAnswer,
    /// Too many checks are in flight.
    Saturated,
    /// auth-service rejects this service's own credentials.
    Misconfigured,
}

impl DegradedReason {
    /// The name in bodies and in header `Degraded`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CircuitOpen => "circuit_open",
            Self::Timeout => "timeout",
            Self::Unreachable => "unreachable",
            Self::ErrorAnswer => "error_answer",
            Self::Saturated => "saturated",
            Self::Misconfigured => "misconfigured",
        }
    }
}

/// Requirement to play a film.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Everyone who may see it may play it.
    #[default]
    Free,
    /// Role `subscriber` is needed.
    Subscription,
}

/// Permission to play a film.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Access {
    /// `true` when it may be played.
    pub allowed: bool,
    /// The reason, when not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<AccessReason>,
}

/// Reasons of a denial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccessReason {
    /// The film is for subscribers, and the viewer is none.
    SubscriptionRequired,
    /// The film is for subscribers, and whether the viewer is one could not be checked: the mode is `degraded`. Say so,
    /// offer no subscription, and ask again later.
    NotChecked,
}
