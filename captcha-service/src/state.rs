//! Shared state of the service: used by endpoints, extractors and flows.

use std::sync::Arc;

use service_kit::server::limits::Clients;
use service_kit::{Clock, Limits, Sealer};

use crate::challenge_repository::ChallengeRepository;
use crate::domain::risk::Weights;
use crate::domain::{Pseudonymizer, UnixMillis};
use crate::sites::Sites;
use crate::stores::MemoryStore;
use crate::tv::TvPage;

/// Components of the running service.
pub struct AppState {
    /// Repository of challenges, passes and devices.
    pub repository: Arc<ChallengeRepository>,
    /// Store in this process.
    pub local: Arc<MemoryStore>,
    /// Sites and their secrets.
    pub sites: Sites,
    /// Keyed hashes of devices and networks.
    pub pseudonymizer: Pseudonymizer,
    /// Sealer of device credentials.
    pub credentials: Sealer,
    /// Sealer of assessments.
    pub assessments: Sealer,
    /// Points per risk signal.
    pub weights: Weights,
    /// Shadow mode: assessments are logged and always allow.
    pub shadow: bool,
    /// Page for phones, if the operator offers one.
    pub phone_url: Option<String>,
    /// Page for TVs.
    pub tv: TvPage,
    /// Client address resolution behind proxies.
    pub addresses: Clients,
    /// Rate limits.
    pub limits: Limits,
    /// Clock.
    pub clock: Arc<dyn Clock>,
}

impl AppState {
    /// Current time.
    pub fn now(&self) -> UnixMillis {
        UnixMillis::of(self.clock.now())
    }
}
