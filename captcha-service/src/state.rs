//! Shared state of the service: used by endpoints and extractors.

use std::sync::Arc;

use service_kit::Limits;
use service_kit::server::limits::Clients;

use crate::challenge_repository::ChallengeRepository;
use crate::flows::assess::Assessments;
use crate::flows::challenges::Challenges;
use crate::flows::passes::Passes;
use crate::stores::MemoryStore;
use crate::tv::TvPage;

/// Components of the running service.
pub struct AppState {
    /// Repository of challenges, passes and devices.
    pub repository: Arc<ChallengeRepository>,
    /// Store in this process.
    pub local: Arc<MemoryStore>,
    /// Assessments of requests.
    pub assessments: Arc<Assessments>,
    /// Challenges.
    pub challenges: Challenges,
    /// Passes of challenges.
    pub passes: Passes,
    /// Page for phones, if the operator offers one.
    pub phone_url: Option<String>,
    /// Page for TVs.
    pub tv: TvPage,
    /// Client address resolution behind proxies.
    pub addresses: Clients,
    /// Rate limits.
    pub limits: Limits,
}
