//! Risk assessment of a request, and the decision.

use std::time::Duration;

use contracts::Secret;
use contracts::captcha::Action;
use contracts::captcha::assess::{AssessRiskRequest, Decision};

use super::challenge_repository::StoreMode;
use super::credentials::{self, DeviceCredential};
use crate::domain::risk::{Risk, RiskInputs};
use crate::domain::{
    ASSESSED_BYTES, AssessedRequest, DeviceContext, Level, NetworkEvent, NetworkState, PrefixKey, UnixMillis,
    always_needs_pass, platform_byte,
};
use crate::metrics;
use crate::state::AppState;
use crate::stores::{RecordKeys, StoreError};

/// Lifetime of an assessment.
const HOLDS: Duration = Duration::from_secs(300);
/// Length of a sealed assessment: level, action, risk, end, request.
const BYTES: usize = 9 + ASSESSED_BYTES;

/// Result of an assessment.
#[derive(Debug, Clone)]
pub struct Assessed {
    /// The decision.
    pub decision: Decision,
    /// Level of a challenge.
    pub level: u8,
    /// The risk.
    pub risk: Risk,
    /// Sealed [`Assessment`].
    pub id: Secret,
    /// Time for which the decision holds.
    pub holds: Duration,
    /// `true` while the shared store is unavailable.
    pub degraded: bool,
}

/// A sealed assessment, which a challenge must match.
#[derive(Debug, Clone, Copy)]
pub struct Assessment {
    /// Minimum level.
    pub level: Level,
    /// Assessed action.
    pub action: Action,
    /// The risk score.
    pub risk: u8,
    /// Assessed request.
    pub request: AssessedRequest,
}

/// Failure to assess a request.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AssessError {
    /// The store failed.
    #[error("the risk cannot be reckoned")]
    Store(#[from] StoreError),
    /// Sealing failed.
    #[error("the assessment cannot be sealed")]
    Unsealed,
}

/// Assesses a request.
///
/// # Errors
/// [`AssessError`].
pub async fn assess(state: &AppState, request: &AssessRiskRequest) -> Result<Assessed, AssessError> {
    let address = request.ip.as_deref().and_then(|ip| ip.trim().parse().ok());
    let shown = credentials::read_or_name(state, request.device_id.as_ref(), address);
    let prefix = state.namer.prefix(address);
    let crowd = look_at(state, prefix).await;
    let spot = RecordKeys::device(shown.device);
    let weights = &state.weights;
    let context = DeviceContext { prefix, platform: platform_byte(request.platform) };
    let reckon = |held: &mut crate::stores::Records, now: UnixMillis, _: StoreMode| {
        let has_waiver = held.device.has_waiver(context, now);
        let signs = RiskInputs {
            credential: shown.credential,
            has_waiver,
            device: &held.device,
            crowd,
            signals: &request.signals,
        };
        let risk = Risk::of(&signs, &weights.points, now);
        let cooling = held.device.may_open(now).err();
        let harmless = cooling.is_none() && risk.decide(&weights.levels).0 == Decision::Allow;
        let waived = has_waiver && harmless && !always_needs_pass(request.action);
        if waived {
            held.device.use_waiver();
        }
        (risk, waived, cooling, held.device.raise(now))
    };
    let ((risk, waived, refusal, raise), made) = state.desk.update_or_fall_back(&spot, reckon).await?;
    let waived = waived && count_waiver(state, prefix).await;
    let (mut decision, mut level) = risk.decide(&weights.levels);
    let mut holds = HOLDS;
    // Points can only raise the difficulty: whatever they are set to, only a waiver replaces an answer.
    if decision == Decision::Allow && !waived {
        (decision, level) = (Decision::Challenge, 1);
    }
    if level > 0 {
        level = Level::clamped(level).raised(raise).number();
    }
    if let Some(refusal) = refusal {
        (decision, holds) = (Decision::Deny, refusal.wait());
    }
    log(state, request.action, &shown, prefix, &risk, decision);
    if state.shadow {
        decision = Decision::Allow;
    }
    metrics::decided(request.action, word(decision));
    let asked =
        AssessedRequest::new(state.namer.account(request.account_hash.as_deref()), request.platform, &request.signals);
    let level_asked = Level::clamped(level);
    let assessment = Assessment { level: level_asked, action: request.action, risk: risk.score, request: asked };
    let id = seal(state, &assessment).ok_or(AssessError::Unsealed)?;
    Ok(Assessed { decision, level, risk, id, holds, degraded: made == StoreMode::Degraded })
}

/// State of a network; empty while the store is unavailable.
pub async fn look_at(state: &AppState, prefix: PrefixKey) -> NetworkState {
    state.desk.main().crowd(prefix, NetworkEvent::Look).await.unwrap_or_default()
}

/// Counts a waiver in its network; `false` above the limit, or while the store is unavailable.
async fn count_waiver(state: &AppState, prefix: PrefixKey) -> bool {
    let counted = state.desk.main().crowd(prefix, NetworkEvent::Waived).await;
    counted.is_ok_and(|crowd| !crowd.refused)
}

fn seal(state: &AppState, assessment: &Assessment) -> Option<Secret> {
    let until = state.now().plus(HOLDS).millis().to_le_bytes();
    let action = Action::ALL.iter().position(|action| *action == assessment.action)?;
    let head = [assessment.level.number(), u8::try_from(action).ok()?, assessment.risk];
    let bytes = [&head[..], &until[..6], &assessment.request.to_bytes()].concat();
    Some(Secret::new(state.assessments.seal(&bytes, b"")?))
}

/// Opens an assessment that has not expired.
pub fn read(state: &AppState, id: &Secret) -> Option<Assessment> {
    let bytes = state.assessments.open::<BYTES>(id.expose(), b"")?;
    let ([level, action, risk, a, b, c, d, e, f], request) = bytes.split_first_chunk()?;
    let until = UnixMillis::from_millis(u64::from_le_bytes([*a, *b, *c, *d, *e, *f, 0, 0]));
    let action = *Action::ALL.get(usize::from(*action))?;
    let request = AssessedRequest::from_bytes(request)?;
    (state.now() < until).then_some(Assessment { level: Level::clamped(*level), action, risk: *risk, request })
}

/// Logs each decision with its reasons. Device and network appear under daily pseudonyms, which link the lines of one
/// day and identify no one.
fn log(state: &AppState, action: Action, shown: &DeviceCredential, prefix: PrefixKey, risk: &Risk, decision: Decision) {
    let day = state.now().to_utc().format("%F").to_string();
    tracing::info!(
        action = action.as_str(),
        decision = word(decision),
        risk = i64::from(risk.score),
        reasons = risk.reasons.join(" "),
        weights = state.weights.version,
        shadow = state.shadow,
        device = state.namer.of_day(&day, &shown.device.0),
        network = state.namer.of_day(&day, &prefix.0),
        "assessed"
    );
}

fn word(decision: Decision) -> &'static str {
    match decision {
        Decision::Allow => "allow",
        Decision::Challenge => "challenge",
        Decision::Deny => "deny",
        Decision::Alternative => "alternative",
    }
}
