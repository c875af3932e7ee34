//! Risk assessment of a request, and the decision.

use std::sync::Arc;
use std::time::Duration;

use contracts::Secret;
use contracts::captcha::Action;
use contracts::captcha::assess::{AssessRiskRequest, Decision};
use service_kit::{Clock, Sealer};

use super::credentials::{DeviceCredential, DeviceCredentials};
use crate::challenge_repository::{ChallengeRepository, StoreMode};
use crate::domain::risk::{Risk, RiskInputs, Weights};
use crate::domain::{
    ASSESSED_BYTES, AssessedRequest, DeviceContext, Level, NetworkEvent, PassBudget, PrefixKey, Pseudonymizer,
    UnixMillis, always_needs_pass, platform_byte,
};
use crate::metrics;
use crate::stores::{RecordKeys, StoreError};

/// Lifetime of an assessment.
const ASSESSMENT_TTL: Duration = Duration::from_secs(300);
/// Length of a sealed assessment: level, action, risk, end, request.
const BYTES: usize = 9 + ASSESSED_BYTES;

/// Result of an assessment.
#[derive(Debug, Clone)]
pub struct AssessmentResult {
    /// The decision.
    pub decision: Decision,
    /// Level of a challenge.
    pub level: u8,
    /// The risk.
    pub risk: Risk,
    /// Sealed [`Assessment`].
    pub id: Secret,
    /// Time for which the decision holds.
    pub ttl: Duration,
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
    #[error("the risk cannot be assessed")]
    Store(#[from] StoreError),
    /// Sealing failed.
    #[error("the assessment cannot be sealed")]
    Unsealed,
}

/// Assesses requests.
pub struct Assessments {
    /// Seals assessments.
    pub(super) sealer: Sealer,
    /// Credentials of devices.
    pub(super) credentials: Arc<DeviceCredentials>,
    /// Keyed hashes of accounts, devices and networks.
    pub(super) pseudonymizer: Pseudonymizer,
    /// Repository of devices and networks.
    pub(super) repository: Arc<ChallengeRepository>,
    /// Points per risk signal.
    pub(super) weights: Arc<Weights>,
    /// Passes of a network in a day.
    pub(super) budget: PassBudget,
    /// `true` when there is a phone to offer.
    pub(super) has_phone: bool,
    /// Shadow mode: assessments are logged and always allow.
    pub(super) shadow: bool,
    /// Current time.
    pub(super) clock: Arc<dyn Clock>,
}

impl Assessments {
    /// Assesses a request.
    ///
    /// # Errors
    /// [`AssessError`].
    pub async fn assess(&self, request: &AssessRiskRequest) -> Result<AssessmentResult, AssessError> {
        let address = request.ip.as_deref().and_then(|ip| ip.trim().parse().ok());
        let presented = self.credentials.read_or_name(request.device_id.as_ref(), address);
        let prefix = self.pseudonymizer.prefix(address);
        let network = self.repository.network(prefix).await;
        let keys = RecordKeys::device(presented.device);
        let weights = &self.weights;
        let context = DeviceContext { prefix, platform: platform_byte(request.platform) };
        let assess_device = |records: &mut crate::stores::Records, now: UnixMillis, _: StoreMode| {
            let has_waiver = records.device.has_waiver(context, now);
            let inputs = RiskInputs {
                credential: presented.credential,
                has_waiver,
                device: &records.device,
                network,
                signals: &request.signals,
            };
            let risk = Risk::of(&inputs, &weights.points, now);
            let refusal = records.device.may_open(now).err();
            let harmless = refusal.is_none() && risk.decide(&weights.levels).0 == Decision::Allow;
            let waived = has_waiver && harmless && !always_needs_pass(request.action);
            if waived {
                records.device.use_waiver();
            }
            (risk, waived, refusal, records.device.extra_levels(now))
        };
        let ((mut risk, waived, refusal, extra_levels), mode) =
            self.repository.update_or_fall_back(&keys, assess_device).await?;
        let waived = waived && self.count_waiver(prefix).await;
        let (mut decision, mut level) = risk.decide(&weights.levels);
        let mut ttl = ASSESSMENT_TTL;
        // Points can only raise the difficulty: whatever they are set to, only a waiver replaces an answer.
        if decision == Decision::Allow && !waived {
            (decision, level) = (Decision::Challenge, 1);
        }
        if level > 0 {
            level = Level::clamped(level).raised(extra_levels).number();
        }
        if let Some(refusal) = refusal {
            (decision, ttl) = (Decision::Deny, refusal.wait());
        }
        let spent = self.budget.wait(network.passes, false, UnixMillis::of(self.clock.now()));
        if let Some(wait) = spent.filter(|_| decision != Decision::Allow) {
            // A sum would be answered for nothing: the phone, or nothing until the oldest passes are a day old.
            decision = if self.has_phone { Decision::Alternative } else { Decision::Deny };
            ttl = wait;
            risk.reasons.push("network_budget");
        }
        self.log(request.action, &presented, prefix, &risk, decision);
        if self.shadow {
            decision = Decision::Allow;
        }
        metrics::record_decision(request.action, label(decision));
        let assessed_request = AssessedRequest::new(
            self.pseudonymizer.account(request.account_hash.as_deref()),
            request.platform,
            &request.signals,
        );
        let clamped_level = Level::clamped(level);
        let assessment =
            Assessment { level: clamped_level, action: request.action, risk: risk.score, request: assessed_request };
        let id = self.seal(&assessment).ok_or(AssessError::Unsealed)?;
        Ok(AssessmentResult { decision, level, risk, id, ttl, degraded: mode == StoreMode::Degraded })
    }

    /// Counts a waiver in its network; `false` above the limit, or while the store is unavailable.
    async fn count_waiver(&self, prefix: PrefixKey) -> bool {
        let counted = self.repository.primary().apply_network_event(prefix, NetworkEvent::Waived).await;
        counted.is_ok_and(|network| !network.refused)
    }

    fn seal(&self, assessment: &Assessment) -> Option<Secret> {
        let until = UnixMillis::of(self.clock.now()).plus(ASSESSMENT_TTL).millis().to_le_bytes();
        let action = Action::ALL.iter().position(|action| *action == assessment.action)?;
        let head = [assessment.level.number(), u8::try_from(action).ok()?, assessment.risk];
        let bytes = [&head[..], &until[..6], &assessment.request.to_bytes()].concat();
        Some(Secret::new(self.sealer.seal_text(&bytes, b"")?))
    }

    /// Opens an assessment that has not expired.
    pub fn read(&self, id: &Secret) -> Option<Assessment> {
        let bytes = self.sealer.open_array::<BYTES>(id.expose(), b"")?;
        let ([level, action, risk, a, b, c, d, e, f], request) = bytes.split_first_chunk()?;
        let until = UnixMillis::from_millis(u64::from_le_bytes([*a, *b, *c, *d, *e, *f, 0, 0]));
        let action = *Action::ALL.get(usize::from(*action))?;
        let request = AssessedRequest::from_bytes(request)?;
        (UnixMillis::of(self.clock.now()) < until).then_some(Assessment {
            level: Level::clamped(*level),
            action,
            risk: *risk,
            request,
        })
    }

    /// Logs each decision with its reasons. Device and network appear under daily pseudonyms, which link the lines of one
    /// day and identify no one.
    fn log(&self, action: Action, presented: &DeviceCredential, prefix: PrefixKey, risk: &Risk, decision: Decision) {
        let day = UnixMillis::of(self.clock.now()).to_utc().format("%F").to_string();
        tracing::info!(
            action = action.as_str(),
            decision = label(decision),
            risk = i64::from(risk.score),
            reasons = risk.reasons.join(" "),
            weights = self.weights.version,
            shadow = self.shadow,
            device = self.pseudonymizer.daily_pseudonym(&day, &presented.device.0),
            network = self.pseudonymizer.daily_pseudonym(&day, &prefix.0),
            "assessed"
        );
    }
}

fn label(decision: Decision) -> &'static str {
    match decision {
        Decision::Allow => "allow",
        Decision::Challenge => "challenge",
        Decision::Deny => "deny",
        Decision::Alternative => "alternative",
    }
}
