//! Passes of challenges: verified, and outcomes after them. The rules are in a file each.

use std::sync::Arc;

use super::credentials::DeviceCredentials;
use crate::challenge_repository::ChallengeRepository;
use crate::domain::Pseudonymizer;
use crate::domain::risk::Weights;
use crate::sites::Sites;

/// All passes.
pub struct Passes {
    /// Sites and their secrets.
    pub(super) sites: Arc<Sites>,
    /// Credentials of devices.
    pub(super) credentials: Arc<DeviceCredentials>,
    /// Keyed hashes of accounts and networks.
    pub(super) pseudonymizer: Pseudonymizer,
    /// Repository of challenges, passes and devices.
    pub(super) repository: Arc<ChallengeRepository>,
    /// Points per risk signal.
    pub(super) weights: Arc<Weights>,
}
