//! What the service has once it is built: shared by endpoints, extractors and flows.

use std::sync::Arc;

use service_kit::limits::Clients;
use service_kit::{Clock, Limits};

use crate::clients::{ServiceClients, Sites};
use crate::domain::risk::Weights;
use crate::domain::{Pseudonymizer, UnixMillis};
use crate::flows::ChallengeRepository;
use crate::sealer::Sealer;
use crate::stores::MemoryStore;
use crate::tv::TvPage;

/// Parts of the running service.
pub struct AppState {
    /// Where steps are made.
    pub desk: Arc<ChallengeRepository>,
    /// What is kept in this process.
    pub local: Arc<MemoryStore>,
    /// Services that may ask.
    pub clients: ServiceClients,
    /// Sites whose passes are redeemed.
    pub sites: Sites,
    /// Names of devices and networks.
    pub namer: Pseudonymizer,
    /// Credentials of devices.
    pub credentials: Sealer,
    /// Assessments.
    pub assessments: Sealer,
    /// What signs of a bot are worth.
    pub weights: Weights,
    /// Whether assessments only try themselves.
    pub shadow: bool,
    /// The page for phones, where the operator offers one.
    pub phone_url: Option<String>,
    /// The page for TVs.
    pub tv: TvPage,
    /// Who the client of a request is.
    pub addresses: Clients,
    /// Who counts requests.
    pub limits: Limits,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl AppState {
    /// The time.
    pub fn now(&self) -> UnixMillis {
        UnixMillis::of(self.clock.now())
    }
}
