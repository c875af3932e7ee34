//! Opening a challenge.

use std::net::IpAddr;
use std::time::Duration;

use contracts::Secret;
use contracts::captcha::Action;
use contracts::captcha::challenges::{Contrast, IssueChallengeRequest, Modality};

use super::assess::Assessment;
use super::challenges::Challenges;
use super::credentials::DeviceCredential;
use crate::challenge_repository::StoreMode;
use crate::domain::risk::{Risk, RiskInputs};
use crate::domain::{
    Challenge, ChallengeToken, DeviceContext, Key, Level, NetworkEvent, NetworkState, NewChallenge, NextPicture,
    PrefixKey, Presentation, Refusal, SiteNumber, UnixMillis, fails_closed, rules,
};
use crate::metrics;
use crate::stores::{RecordKeys, Records, StoreError};

/// An opened challenge.
pub struct IssuedChallenge {
    /// Its token.
    pub token: ChallengeToken,
    /// The challenge.
    pub challenge: Challenge,
    /// Id of its picture.
    pub picture_id: String,
    /// Credential of its device.
    pub device_token: Secret,
    /// `true` when spoken sums are left in its network.
    pub may_listen: bool,
    /// Remaining lifetime.
    pub ttl: Duration,
}

/// Reason why no challenge was opened.
#[derive(Debug, Clone, thiserror::Error)]
pub enum IssueError {
    /// No such site.
    #[error("there is no such site")]
    UnknownSite,
    /// The assessment has expired, is invalid or is for another action.
    #[error("the assessment is not valid for this action")]
    Assessment,
    /// A quota or a cool-down applies.
    #[error("a quota or a cool-down applies")]
    Refused(Duration),
    /// The store is unavailable, and this action fails closed.
    #[error("challenges for this action need the shared store")]
    FailsClosed,
    /// The store failed.
    #[error("the challenge cannot be stored")]
    Store(#[from] StoreError),
    /// Sealing failed.
    #[error("the challenge cannot be sealed")]
    Unsealed,
}

/// Parameters of a new challenge.
struct OpenParams {
    site: SiteNumber,
    action: Action,
    presentation: Presentation,
    assessment: Option<Assessment>,
    presented: DeviceCredential,
    prefix: PrefixKey,
    network: NetworkState,
    token: ChallengeToken,
}

impl Challenges {
    /// Opens a challenge and names its first picture.
    ///
    /// # Errors
    /// [`IssueError`].
    pub async fn issue(
        &self,
        request: &IssueChallengeRequest,
        address: Option<IpAddr>,
    ) -> Result<IssuedChallenge, IssueError> {
        let site = self.sites.of_key(request.sitekey.as_deref()).ok_or(IssueError::UnknownSite)?.number;
        let assessment = match &request.assess_id {
            None => None,
            Some(id) => Some(
                self.assessments
                    .read(id)
                    .filter(|known| known.action == request.action)
                    .ok_or(IssueError::Assessment)?,
            ),
        };
        if fails_closed(request.action) && self.repository.is_degraded() {
            return Err(IssueError::FailsClosed);
        }
        let prefix = self.pseudonymizer.prefix(address);
        let network = self.repository.network(prefix).await;
        let now = UnixMillis::of(self.clock.now());
        if let Some(wait) = self.budget.wait(network.passes, false, now) {
            metrics::record_refusal("network_budget");
            return Err(IssueError::Refused(wait));
        }
        let may_listen = self.budget.admits(network.passes, true);
        let (presented, device_token) = self.device(request.device_token.as_ref(), prefix).await?;
        let token = ChallengeToken::random(presented.device);
        let network = self.take_slot(prefix, token.key(), network).await?;
        let presentation = presentation(request, may_listen);
        let params =
            OpenParams { site, action: request.action, presentation, assessment, presented, prefix, network, token };
        let opened = self.open(&params).await;
        if opened.is_err() && !self.repository.is_sealed() {
            self.release_slot(prefix, token.key()).await;
        }
        let (challenge, picture_id, ttl) = opened?;
        metrics::record_issued(&challenge);
        Ok(IssuedChallenge { token, challenge, picture_id, device_token, may_listen, ttl })
    }

    /// Device of a request: identified by its credential, or new and issued one.
    async fn device(
        &self,
        token: Option<&Secret>,
        prefix: PrefixKey,
    ) -> Result<(DeviceCredential, Secret), IssueError> {
        if let Some((token, presented)) = token.and_then(|token| Some((token, self.credentials.read(token)?))) {
            return Ok((presented, token.clone()));
        }
        self.credentials.issue(prefix).await.ok_or_else(|| {
            metrics::record_refusal("new_devices");
            IssueError::Refused(rules::CHALLENGE_LIFETIME)
        })
    }

    /// Takes a slot among the live challenges of a network. Sealed challenges are not counted.
    async fn take_slot(&self, prefix: PrefixKey, key: Key, network: NetworkState) -> Result<NetworkState, IssueError> {
        if self.repository.is_sealed() {
            return Ok(network);
        }
        let until = UnixMillis::of(self.clock.now()).plus(rules::CHALLENGE_LIFETIME);
        match self.repository.primary().apply_network_event(prefix, NetworkEvent::Opened(key, until)).await {
            Ok(network) if network.refused => {
                metrics::record_refusal("network");
                Err(IssueError::Refused(rules::COOL_DOWNS[0]))
            }
            Ok(network) => Ok(network),
            Err(StoreError::Unavailable(_)) => Ok(NetworkState::default()), // `open` decides whether this is fatal
            Err(error) => Err(error.into()),
        }
    }

    async fn release_slot(&self, prefix: PrefixKey, key: Key) {
        // A slot that is not released expires with the challenge.
        let _ = self.repository.primary().apply_network_event(prefix, NetworkEvent::Closed(key)).await;
    }

    async fn open(&self, params: &OpenParams) -> Result<(Challenge, String, Duration), IssueError> {
        let (device, key, next) = (params.presented.device, params.token.key(), NextPicture::random());
        let stored = !self.repository.is_sealed() && !self.repository.is_degraded();
        if stored {
            let update = |records: &mut Records, now: UnixMillis| {
                let new_challenge = self.new_challenge(params, records, records.epoch, now);
                let challenge = Challenge::open(&new_challenge, next, &mut records.device, now);
                records.challenge = challenge.ok();
                challenge.map(|challenge| (challenge, now))
            };
            match self.repository.change(&RecordKeys::challenge(device, key), update).await {
                Ok(opened) => {
                    let (challenge, now) = opened.map_err(refused)?;
                    return Ok((challenge, next.picture.to_text(), now.until(challenge.expires_at())));
                }
                Err(StoreError::Unavailable(_)) if self.repository.is_shared() && !fails_closed(params.action) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let update = |records: &mut Records, now: UnixMillis, mode: StoreMode| {
            let epoch = self.repository.last_epoch(device, records, mode);
            let new_challenge = self.new_challenge(params, records, epoch, now);
            Challenge::open_unlisted(&new_challenge, next, &records.device, now).map(|challenge| (challenge, now))
        };
        let (opened, mode) = self.repository.update_or_fall_back(&RecordKeys::device(device), update).await?;
        if mode == StoreMode::Degraded && fails_closed(params.action) {
            return Err(IssueError::FailsClosed);
        }
        let (challenge, now) = opened.map_err(refused)?;
        let picture_id = self.repository.seal_picture(&challenge, key).ok_or(IssueError::Unsealed)?;
        Ok((challenge, picture_id, now.until(challenge.expires_at())))
    }

    fn new_challenge(&self, params: &OpenParams, records: &Records, epoch: u32, now: UnixMillis) -> NewChallenge {
        let request = params.assessment.map(|assessment| assessment.request);
        let platform = request.map_or(0, |request| request.platform());
        let inputs = RiskInputs {
            credential: params.presented.credential,
            has_waiver: records.device.has_waiver(DeviceContext { prefix: params.prefix, platform }, now),
            device: &records.device,
            network: params.network,
            signals: &[],
        };
        let risk = Risk::of(&inputs, &self.weights.points, now);
        let assessed = params.assessment.map_or(Level::One, |assessment| assessment.level);
        let extra_levels = u8::from(params.network.lost >= rules::LOST_PER_PREFIX);
        NewChallenge {
            key: params.token.key(),
            device: params.presented.device,
            prefix: params.prefix,
            site: params.site,
            action: params.action,
            level: risk.level(&self.weights.levels).max(assessed).raised(extra_levels),
            risk: risk.score.max(params.assessment.map_or(0, |assessment| assessment.risk)),
            assessed: request,
            presentation: params.presentation,
            epoch,
        }
    }
}

fn refused(refusal: Refusal) -> IssueError {
    metrics::record_refusal(match refusal {
        Refusal::CoolingDown(_) => "cooling",
        Refusal::TooManyLive(_) => "live_sessions",
        Refusal::QuotaExhausted(_) => "day",
    });
    IssueError::Refused(refusal.wait())
}

fn presentation(request: &IssueChallengeRequest, may_listen: bool) -> Presentation {
    Presentation {
        audio: request.modality == Modality::Audio && may_listen,
        language: request.lang,
        inverted: request.contrast == Contrast::Inverted,
    }
}
