//! Opening a challenge.

use std::net::IpAddr;
use std::time::Duration;

use contracts::Secret;
use contracts::captcha::Action;
use contracts::captcha::challenges::{Contrast, IssueChallengeRequest, Language, Modality};

use super::assess::{self, Assessment};
use super::challenge_repository::StoreMode;
use super::credentials::{self, DeviceCredential};
use crate::domain::risk::{Risk, RiskInputs};
use crate::domain::{
    Challenge, ChallengeToken, DeviceContext, Key, Level, NetworkEvent, NetworkState, NewChallenge, NextPicture,
    PrefixKey, Presentation, Refusal, SiteNumber, UnixMillis, fails_closed, rules,
};
use crate::metrics;
use crate::state::AppState;
use crate::stores::{RecordKeys, Records, StoreError};

/// An opened challenge.
pub struct Issued {
    /// Its token.
    pub ticket: ChallengeToken,
    /// The challenge.
    pub session: Challenge,
    /// Id of its picture.
    pub picture_id: String,
    /// Credential of its device.
    pub device_token: Secret,
    /// Remaining lifetime.
    pub lasts: Duration,
}

/// Reason why no challenge was opened.
#[derive(Debug, Clone, thiserror::Error)]
pub enum IssueError {
    /// No such site.
    #[error("there is no such site")]
    UnknownSite,
    /// The assessment has expired, is invalid or is for another action.
    #[error("the assessment is not good for this")]
    Assessment,
    /// A quota or a cool-down applies.
    #[error("no session is opened now")]
    Refused(Duration),
    /// The store is unavailable, and this action fails closed.
    #[error("challenges for this cannot be given now")]
    FailsClosed,
    /// The store failed.
    #[error("the session cannot be kept")]
    Store(#[from] StoreError),
    /// Sealing failed.
    #[error("the session cannot be sealed")]
    Unsealed,
}

/// Parameters of a new challenge.
struct Wanted {
    site: SiteNumber,
    action: Action,
    look: Presentation,
    assessment: Option<Assessment>,
    shown: DeviceCredential,
    prefix: PrefixKey,
    crowd: NetworkState,
    ticket: ChallengeToken,
}

/// Opens a challenge and names its first picture.
///
/// # Errors
/// [`IssueError`].
pub async fn issue(
    state: &AppState,
    request: &IssueChallengeRequest,
    address: Option<IpAddr>,
) -> Result<Issued, IssueError> {
    let site = state.sites.of_key(request.sitekey.as_deref()).ok_or(IssueError::UnknownSite)?.number;
    let assessment = match &request.assess_id {
        None => None,
        Some(id) => {
            Some(assess::read(state, id).filter(|known| known.action == request.action).ok_or(IssueError::Assessment)?)
        }
    };
    if fails_closed(request.action) && state.desk.is_degraded() {
        return Err(IssueError::FailsClosed);
    }
    let prefix = state.namer.prefix(address);
    let (shown, device_token) = device(state, request.device_token.as_ref(), prefix).await?;
    let ticket = ChallengeToken::random(shown.device);
    let crowd = enter(state, prefix, ticket.key()).await?;
    let look = look(request);
    let wanted = Wanted { site, action: request.action, look, assessment, shown, prefix, crowd, ticket };
    let opened = open(state, &wanted).await;
    if opened.is_err() && !state.desk.is_sealed() {
        leave(state, prefix, ticket.key()).await;
    }
    let (session, picture_id, lasts) = opened?;
    metrics::issued(&session);
    Ok(Issued { ticket, session, picture_id, device_token, lasts })
}

/// Device of a request: identified by its credential, or new and issued one.
async fn device(
    state: &AppState,
    token: Option<&Secret>,
    prefix: PrefixKey,
) -> Result<(DeviceCredential, Secret), IssueError> {
    if let Some((token, shown)) = token.and_then(|token| Some((token, credentials::read(state, token)?))) {
        return Ok((shown, token.clone()));
    }
    credentials::give(state, prefix).await.ok_or_else(|| {
        metrics::refused("new_devices");
        IssueError::Refused(rules::SESSION)
    })
}

/// Takes a slot among the live challenges of a network. Sealed challenges are not counted.
async fn enter(state: &AppState, prefix: PrefixKey, key: Key) -> Result<NetworkState, IssueError> {
    if state.desk.is_sealed() {
        return Ok(assess::look_at(state, prefix).await);
    }
    let until = state.now().plus(rules::SESSION);
    match state.desk.main().crowd(prefix, NetworkEvent::Enter(key, until)).await {
        Ok(crowd) if crowd.refused => {
            metrics::refused("network");
            Err(IssueError::Refused(rules::COOL_DOWNS[0]))
        }
        Ok(crowd) => Ok(crowd),
        Err(StoreError::Away(_)) => Ok(NetworkState::default()), // `open` decides whether this is fatal
        Err(error) => Err(error.into()),
    }
}

async fn leave(state: &AppState, prefix: PrefixKey, key: Key) {
    // A slot that is not released expires with the challenge.
    let _ = state.desk.main().crowd(prefix, NetworkEvent::Leave(key)).await;
}

async fn open(state: &AppState, wanted: &Wanted) -> Result<(Challenge, String, Duration), IssueError> {
    let (device, key, next) = (wanted.shown.device, wanted.ticket.key(), NextPicture::random());
    let stored = !state.desk.is_sealed() && !state.desk.is_degraded();
    if stored {
        let step = |held: &mut Records, now: UnixMillis| {
            let opening = opening(state, wanted, held, held.epoch, now);
            let session = Challenge::open(&opening, next, &mut held.device, now);
            held.session = session.ok();
            session.map(|session| (session, now))
        };
        match state.desk.change(&RecordKeys::session(device, key), step).await {
            Ok(opened) => {
                let (session, now) = opened.map_err(refused)?;
                return Ok((session, next.picture.to_text(), now.until(session.expires_at())));
            }
            Err(StoreError::Away(_)) if state.desk.is_shared() && !fails_closed(wanted.action) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let step = |held: &mut Records, now: UnixMillis, made: StoreMode| {
        let epoch = state.desk.last_epoch(device, held, made);
        let opening = opening(state, wanted, held, epoch, now);
        Challenge::open_unlisted(&opening, next, &held.device, now).map(|session| (session, now))
    };
    let (opened, made) = state.desk.update_or_fall_back(&RecordKeys::device(device), step).await?;
    if made == StoreMode::Degraded && fails_closed(wanted.action) {
        return Err(IssueError::FailsClosed);
    }
    let (session, now) = opened.map_err(refused)?;
    let picture_id = state.desk.seal_picture(&session, key).ok_or(IssueError::Unsealed)?;
    Ok((session, picture_id, now.until(session.expires_at())))
}

fn opening(state: &AppState, wanted: &Wanted, held: &Records, epoch: u32, now: UnixMillis) -> NewChallenge {
    let request = wanted.assessment.map(|assessment| assessment.request);
    let platform = request.map_or(0, |request| request.platform());
    let signs = RiskInputs {
        credential: wanted.shown.credential,
        has_waiver: held.device.has_waiver(DeviceContext { prefix: wanted.prefix, platform }, now),
        device: &held.device,
        crowd: wanted.crowd,
        signals: &[],
    };
    let risk = Risk::of(&signs, &state.weights.points, now);
    let assessed = wanted.assessment.map_or(Level::One, |assessment| assessment.level);
    let soft = u8::from(wanted.crowd.lost >= rules::LOST_PER_PREFIX);
    NewChallenge {
        key: wanted.ticket.key(),
        device: wanted.shown.device,
        prefix: wanted.prefix,
        site: wanted.site,
        action: wanted.action,
        level: risk.level(&state.weights.levels).max(assessed).raised(soft),
        risk: risk.score.max(wanted.assessment.map_or(0, |assessment| assessment.risk)),
        assessed: request,
        look: wanted.look,
        epoch,
    }
}

fn refused(refusal: Refusal) -> IssueError {
    metrics::refused(match refusal {
        Refusal::Cooling(_) => "cooling",
        Refusal::Busy(_) => "live_sessions",
        Refusal::Spent(_) => "day",
    });
    IssueError::Refused(refusal.wait())
}

fn look(request: &IssueChallengeRequest) -> Presentation {
    Presentation {
        audio: request.modality == Modality::Audio,
        english: request.lang == Language::En,
        inverted: request.contrast == Contrast::Inverted,
    }
}
