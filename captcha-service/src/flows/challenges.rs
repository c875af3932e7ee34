//! Challenges: opened, answered and changed. The rules are in a file each.

use std::sync::Arc;

use service_kit::Clock;

use super::assess::Assessments;
use super::credentials::DeviceCredentials;
use crate::challenge_repository::ChallengeRepository;
use crate::domain::risk::Weights;
use crate::domain::{PassBudget, Pseudonymizer};
use crate::sites::Sites;

/// All challenges.
pub struct Challenges {
    /// Sites and their secrets.
    pub(super) sites: Arc<Sites>,
    /// Assessments that a challenge must match.
    pub(super) assessments: Arc<Assessments>,
    /// Credentials of devices.
    pub(super) credentials: Arc<DeviceCredentials>,
    /// Keyed hashes of networks.
    pub(super) pseudonymizer: Pseudonymizer,
    /// Repository of challenges, passes and devices.
    pub(super) repository: Arc<ChallengeRepository>,
    /// Points per risk signal.
    pub(super) weights: Arc<Weights>,
    /// Passes of a network in a day.
    pub(super) budget: PassBudget,
    /// Current time.
    pub(super) clock: Arc<dyn Clock>,
}
