//! Who is watching, and what that person may play.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Age ratings in use (Russian scheme: suitable from that age on).
pub const AGE_RATINGS: [u8; 5] = [0, 6, 12, 16, 18];

/// Says whose eyes an answer was made for. Three cases that a client must not confuse: no token, a good token, and a
/// token that could not be checked (keep the session, do not sign out).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ViewerMark {
    /// The case.
    pub mode: ViewerMode,
    /// Why, when the mode is `degraded`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<DegradedReason>,
}

/// The cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ViewerMode {
    /// No token came with the request.
    Anonymous,
    /// The token is good.
    Member,
    /// A token came, but auth-service could not check it; served as anonymous.
    Degraded,
}

/// Why a token could not be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DegradedReason {
    /// auth-service has failed so often that it is left alone for now.
    CircuitOpen,
    /// auth-service did not answer in time.
    Timeout,
    /// auth-service could not be reached, or broke off.
    Unreachable,
    /// auth-service answered with an error or with nonsense.
    ErrorAnswer,
    /// Too many checks are under way.
    Saturated,
    /// auth-service does not accept this service's own credentials.
    Misconfigured,
}

impl DegradedReason {
    /// The word as it stands in bodies and in header `Degraded`.
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

/// What it takes to play a film.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Anybody who may see it may play it.
    #[default]
    Free,
    /// Role `subscriber` is needed.
    Subscription,
}

/// Whether the viewer may play a film.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Access {
    /// Whether.
    pub allowed: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<AccessReason>,
}

/// What keeps a viewer from playing a film.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccessReason {
    /// The film is for subscribers.
    SubscriptionRequired,
}
