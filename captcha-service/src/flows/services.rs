//! The services of the running process: each gets the parts that it needs.

use std::sync::Arc;

use service_kit::{Clock, Sealer};

use super::assess::Assessments;
use super::challenges::Challenges;
use super::credentials::DeviceCredentials;
use super::passes::Passes;
use crate::challenge_repository::ChallengeRepository;
use crate::domain::risk::Weights;
use crate::domain::{PassBudget, Pseudonymizer};
use crate::sites::Sites;

/// Parts from which the services are built; several services share each.
pub struct SharedParts {
    /// Repository of challenges, passes and devices.
    pub repository: Arc<ChallengeRepository>,
    /// Sites and their secrets.
    pub sites: Arc<Sites>,
    /// Keyed hashes of devices and networks.
    pub pseudonymizer: Pseudonymizer,
    /// Sealer of device credentials.
    pub credentials: Sealer,
    /// Sealer of assessments.
    pub assessments: Sealer,
    /// Points per risk signal.
    pub weights: Arc<Weights>,
    /// Passes of a network in a day.
    pub budget: PassBudget,
    /// `true` when there is a phone to offer.
    pub has_phone: bool,
    /// Shadow mode: assessments are logged and always allow.
    pub shadow: bool,
    /// Current time.
    pub clock: Arc<dyn Clock>,
}

/// The services.
pub struct Services {
    /// Assessments of requests.
    pub assessments: Arc<Assessments>,
    /// Challenges.
    pub challenges: Challenges,
    /// Passes of challenges.
    pub passes: Passes,
}

impl Services {
    /// Builds the services.
    pub fn new(parts: SharedParts) -> Self {
        let SharedParts { repository, sites, pseudonymizer, credentials, assessments, weights, clock, .. } = parts;
        let (budget, has_phone, shadow) = (parts.budget, parts.has_phone, parts.shadow);
        let credentials = Arc::new(DeviceCredentials {
            sealer: credentials,
            pseudonymizer: pseudonymizer.clone(),
            repository: Arc::clone(&repository),
            clock: Arc::clone(&clock),
        });
        let assessments = Arc::new(Assessments {
            sealer: assessments,
            credentials: Arc::clone(&credentials),
            pseudonymizer: pseudonymizer.clone(),
            repository: Arc::clone(&repository),
            weights: Arc::clone(&weights),
            budget,
            has_phone,
            shadow,
            clock: Arc::clone(&clock),
        });
        let challenges = Challenges {
            sites: Arc::clone(&sites),
            assessments: Arc::clone(&assessments),
            credentials: Arc::clone(&credentials),
            pseudonymizer: pseudonymizer.clone(),
            repository: Arc::clone(&repository),
            weights: Arc::clone(&weights),
            budget,
            clock,
        };
        Self { assessments, challenges, passes: Passes { sites, credentials, pseudonymizer, repository, weights } }
    }
}
