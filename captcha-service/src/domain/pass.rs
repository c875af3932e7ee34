//! A pass: granted for a right answer, redeemed once by a service.

use contracts::captcha::Action;
use contracts::captcha::siteverify::ErrorCode;

use super::action;
use super::assessed::AssessedRequest;
use super::bytes::{Reader, Writer};
use super::ids::{DeviceKey, PrefixKey, SiteNumber};
use super::level::Level;
use super::rules;
use super::unix_millis::UnixMillis;

/// Length of a pass in stores and in seals.
pub const PASS_BYTES: usize = 70;

/// A pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pass {
    action: Action,
    level: u8,
    risk: u8,
    degraded: bool,
    outcome_reported: bool,
    device: DeviceKey,
    prefix: PrefixKey,
    site: SiteNumber,
    assessed: Option<AssessedRequest>,
    epoch: u32,
    passed_at: UnixMillis,
    recorded: Option<RecordedVerdict>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct RecordedVerdict {
    verdict: Verdict,
    at: UnixMillis,
    request_hash: [u8; 16],
}

/// Verdict on a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Valid, and used up now.
    Valid,
    /// For another site; used up.
    OtherSite,
    /// For another action; used up.
    OtherAction,
    /// From another device; used up.
    OtherDevice,
    /// Expired, used before, or unknown.
    Invalid,
    /// Its challenge was not assessed for this request; used up.
    OtherRequest,
}

impl Verdict {
    /// Error code on the wire.
    pub fn code(self) -> Option<ErrorCode> {
        match self {
            Self::Valid => None,
            Self::OtherSite => Some(ErrorCode::SitekeySecretMismatch),
            Self::OtherAction => Some(ErrorCode::ActionMismatch),
            Self::OtherDevice => Some(ErrorCode::DeviceMismatch),
            Self::Invalid => Some(ErrorCode::TimeoutOrDuplicate),
            Self::OtherRequest => Some(ErrorCode::AssessmentMismatch),
        }
    }
}

/// Conditions of a redemption.
#[derive(Debug, Clone, Copy)]
pub struct Redemption {
    /// Site of the secret.
    pub site: SiteNumber,
    /// Site named by the caller.
    pub sitekey: Option<SiteNumber>,
    /// Expected action; `Some(None)` for one that does not exist.
    pub action: Option<Option<Action>>,
    /// Expected device; `Some(None)` for an invalid credential.
    pub device: Option<Option<DeviceKey>>,
    /// Request that the challenge must have been assessed for.
    pub assessed: Option<AssessedRequest>,
    /// Hash of the whole request, if it has an idempotency key.
    pub request_hash: Option<[u8; 16]>,
}

/// Challenge that a pass is granted for.
#[derive(Debug, Clone, Copy)]
pub struct NewPass {
    /// Action of the challenge.
    pub action: Action,
    /// Level of the challenge.
    pub level: Level,
    /// Assessed risk, 0 to 100.
    pub risk: u8,
    /// Device that passed it.
    pub device: DeviceKey,
    /// Network that passed it.
    pub prefix: PrefixKey,
    /// Site that may redeem the pass.
    pub site: SiteNumber,
    /// Assessed request, if there was an assessment.
    pub assessed: Option<AssessedRequest>,
    /// Epoch of the store that the challenge is in.
    pub epoch: u32,
}

impl Pass {
    /// For a challenge that was passed now.
    pub fn new(new: NewPass, now: UnixMillis) -> Self {
        let NewPass { action, level, risk, device, prefix, site, assessed, epoch } = new;
        Self {
            action,
            level: level.number(),
            risk,
            degraded: false,
            outcome_reported: false,
            device,
            prefix,
            site,
            assessed,
            epoch,
            passed_at: now,
            recorded: None,
        }
    }

    /// Marks it as granted without the shared store.
    #[must_use]
    pub fn degraded(self, degraded: bool) -> Self {
        Self { degraded, ..self }
    }

    /// Redeems: once, in time, and as granted. A mismatch uses it up as well.
    pub fn redeem(&mut self, redemption: &Redemption, now: UnixMillis) -> Verdict {
        if let Some(recorded) = self.recorded {
            let repeated =
                redemption.request_hash == Some(recorded.request_hash) && now < recorded.at.plus(rules::VERDICT_REPLAY);
            return if repeated { recorded.verdict } else { Verdict::Invalid };
        }
        if now >= self.expires_at() {
            return Verdict::Invalid;
        }
        let verdict = self.evaluate(redemption);
        self.recorded = Some(RecordedVerdict {
            verdict,
            at: now,
            request_hash: redemption.request_hash.unwrap_or_else(rand::random),
        });
        verdict
    }

    fn evaluate(&self, redemption: &Redemption) -> Verdict {
        if redemption.site != self.site || redemption.sitekey.is_some_and(|site| site != self.site) {
            Verdict::OtherSite
        } else if redemption.action.is_some_and(|action| action != Some(self.action)) {
            Verdict::OtherAction
        } else if redemption.device.is_some_and(|device| device != Some(self.device)) {
            Verdict::OtherDevice
        } else if redemption.assessed.is_some_and(|now| !self.assessed.is_some_and(|assessed| assessed.covers(&now))) {
            Verdict::OtherRequest
        } else {
            Verdict::Valid
        }
    }

    /// Records that an outcome was reported; `false` if one was before, or the pass was not redeemed.
    pub fn report_outcome_once(&mut self) -> bool {
        let first = !self.outcome_reported && self.recorded.is_some_and(|recorded| recorded.verdict == Verdict::Valid);
        self.outcome_reported |= first;
        first
    }

    /// `true` when a verdict was given.
    pub fn has_verdict(&self) -> bool {
        self.recorded.is_some()
    }

    /// End of its lifetime.
    pub fn expires_at(&self) -> UnixMillis {
        self.passed_at.plus(rules::PASS_LIFETIME)
    }

    /// End of retention: while it is valid, or its verdict is replayed.
    pub fn retained_until(&self) -> UnixMillis {
        let repeats = self.recorded.map_or(self.passed_at, |recorded| recorded.at.plus(rules::VERDICT_REPLAY));
        self.expires_at().max(repeats)
    }

    /// Time at which the challenge was passed.
    pub fn passed_at(&self) -> UnixMillis {
        self.passed_at
    }

    /// Action that it is for.
    pub fn action(&self) -> Action {
        self.action
    }

    /// Level of the challenge.
    pub fn level(&self) -> u8 {
        self.level
    }

    /// Assessed risk, 0 to 100.
    pub fn risk(&self) -> u8 {
        self.risk
    }

    /// `true` when it was granted without the shared store.
    pub fn is_degraded(&self) -> bool {
        self.degraded
    }

    /// Its device.
    pub fn device(&self) -> DeviceKey {
        self.device
    }

    /// Network that it was granted to.
    pub fn prefix(&self) -> PrefixKey {
        self.prefix
    }

    /// Site that may redeem it.
    pub fn site(&self) -> SiteNumber {
        self.site
    }

    /// Epoch of the store that it was granted in.
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// Encodes for a store or a seal.
    pub fn to_bytes(&self) -> [u8; PASS_BYTES] {
        let (verdict, at, request_hash) = match self.recorded {
            None => (0, UnixMillis::default(), [0; 16]),
            Some(recorded) => (recorded.verdict as u8 + 1, recorded.at, recorded.request_hash),
        };
        let flags =
            u8::from(self.degraded) | (u8::from(self.outcome_reported) << 1) | (u8::from(self.assessed.is_some()) << 2);
        let writer = Writer::new()
            .put(&[action::to_byte(self.action), self.level, self.risk, flags, verdict])
            .put(&self.device.0)
            .put(&self.prefix.0)
            .put(&self.site.0.to_le_bytes())
            .put(&self.epoch.to_le_bytes())
            .timestamp(self.passed_at)
            .timestamp(at)
            .put(&request_hash);
        self.assessed.iter().fold(writer, |writer, assessed| assessed.write(writer)).done()
    }

    /// Decodes from a store or a seal.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        let [kind, level, risk, flags, verdict] = reader.take()?;
        let (device, prefix) = (DeviceKey(reader.take()?), PrefixKey(reader.take()?));
        let site = SiteNumber(u32::from_le_bytes(reader.take()?));
        let epoch = u32::from_le_bytes(reader.take()?);
        let (passed_at, at, request_hash) = (reader.timestamp()?, reader.timestamp()?, reader.take()?);
        let verdicts = [
            Verdict::Valid,
            Verdict::OtherSite,
            Verdict::OtherAction,
            Verdict::OtherDevice,
            Verdict::Invalid,
            Verdict::OtherRequest,
        ];
        let recorded = match verdict {
            0 => None,
            number => Some(RecordedVerdict { verdict: *verdicts.get(usize::from(number) - 1)?, at, request_hash }),
        };
        Some(Self {
            action: action::from_byte(kind)?,
            level,
            risk,
            degraded: flags & 1 != 0,
            outcome_reported: flags & 2 != 0,
            device,
            prefix,
            site,
            assessed: if flags & 4 != 0 { Some(AssessedRequest::read(&mut reader)?) } else { None },
            epoch,
            passed_at,
            recorded,
        })
    }
}
