//! State machine of a challenge. Pure: time and randomness come as arguments.
//!
//! ```text
//!             refresh (≤ 3)          wrong, too fast or stale, rounds left
//!               ┌─────┐               ┌───────┐
//!  open         │     ▼               │       ▼
//!  ──────▶ live, one picture a round ─────────┐
//!    │          │  right, in time             ├─▶ passed (one pass)
//!    │          ├─ wrong in the last round ───┼─▶ lost (cool-down, next one harder)
//!    │          └─ 180 s, once + 180 s ───────┴─▶ expired
//!    └─▶ refused (quota, cool-down, live challenges)
//! ```
//!
//! A final state removes the challenge, so no transition leaves it.

mod record;
mod rounds;

use std::time::Duration;

use contracts::Language;
use contracts::captcha::Action;

use crate::domain::answer::Answer;
use crate::domain::assessed::AssessedRequest;
use crate::domain::device::{Device, Refusal};
use crate::domain::ids::{DeviceKey, Key, PictureId, PrefixKey, SiteNumber};
use crate::domain::level::Level;
use crate::domain::pass::Pass;
use crate::domain::presses::least_presses;
use crate::domain::rules;
use crate::domain::unix_millis::UnixMillis;

/// Length of a challenge in stores and in sealed pictures.
pub const CHALLENGE_BYTES: usize = 62;

/// Presentation of the sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presentation {
    /// Spoken instead of drawn.
    pub audio: bool,
    /// Language of the spoken sum.
    pub language: Language,
    /// White on black.
    pub inverted: bool,
}

/// A live challenge. `Debug` hides the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Challenge {
    answer: Answer,
    picture: PictureId,
    round: u8,
    refreshes: u8,
    streak: u8,
    extended: bool,
    /// Every further answer is wrong: the challenge continues for a client that used a picture twice,
    /// indistinguishably.
    decoy: bool,
    /// A right answer in it was to a spoken sum.
    heard: bool,
    /// Its device had given a right answer before.
    proven: bool,
    presentation: Presentation,
    level: Level,
    action: Action,
    risk: u8,
    device: DeviceKey,
    prefix: PrefixKey,
    site: SiteNumber,
    /// Assessed request, if there was an assessment.
    assessed: Option<AssessedRequest>,
    epoch: u32,
    shown_at: UnixMillis,
    expires_at: UnixMillis,
}

/// Parameters of a new challenge.
#[derive(Debug, Clone, Copy)]
pub struct NewChallenge {
    /// Storage key.
    pub key: Key,
    /// Its device.
    pub device: DeviceKey,
    /// Its network.
    pub prefix: PrefixKey,
    /// Site that may redeem the pass.
    pub site: SiteNumber,
    /// Action that the pass is for.
    pub action: Action,
    /// Level, before lost challenges raise it.
    pub level: Level,
    /// Assessed risk, 0 to 100.
    pub risk: u8,
    /// Assessed request, if there was an assessment.
    pub assessed: Option<AssessedRequest>,
    /// Presentation of the sum.
    pub presentation: Presentation,
    /// Epoch of the store that it is opened in.
    pub epoch: u32,
}

/// The next picture, drawn before it is known whether it is needed, so that both paths take the same time.
#[derive(Debug, Clone, Copy)]
pub struct NextPicture {
    /// Its id.
    pub picture: PictureId,
    /// Its answer.
    pub answer: Answer,
}

impl NextPicture {
    /// Draws both at random.
    pub fn random() -> Self {
        Self { picture: PictureId::random(), answer: Answer::random() }
    }
}

/// An answer as received.
#[derive(Debug, Clone, Copy)]
pub struct Attempt {
    /// The picture it is for, if the id is valid.
    pub picture: Option<PictureId>,
    /// The answer, if it has the right form.
    pub answer: Option<Answer>,
}

/// Result of an answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum AnswerResult {
    /// Right.
    Passed(Pass, Challenge),
    /// The challenge in its next round.
    Again(Challenge, FailureReason),
    /// The challenge is over.
    Closed {
        /// Time until the next challenge may be opened.
        wait: Duration,
        /// Reason; for metrics only, never for the client.
        reason: FailureReason,
    },
}

/// Reason why an answer did not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureReason {
    /// Another number.
    Wrong,
    /// Right, and another right answer is needed.
    Halfway,
    /// Faster than humans.
    TooFast,
    /// For a picture that is not the current one.
    Stale,
    /// Over the limit of answers per minute or day.
    TooMany,
    /// Right, and the network has no pass left today.
    NoPassLeft,
    /// The challenge has expired.
    Expired,
    /// No such challenge.
    Unknown,
}

/// Reason why a challenge cannot be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChangeRefusal {
    /// It does not exist, or has another picture.
    #[error("the challenge is over")]
    Over,
    /// All its refreshes or its extension are used.
    #[error("all refreshes or the extension are used")]
    UsedUp,
}

impl Challenge {
    /// Opens a challenge on a device.
    ///
    /// # Errors
    /// The refusal.
    pub fn open(
        new_challenge: &NewChallenge,
        next: NextPicture,
        device: &mut Device,
        now: UnixMillis,
    ) -> Result<Self, Refusal> {
        let expires_at = now.plus(rules::CHALLENGE_LIFETIME);
        device.open(new_challenge.key, expires_at, now)?;
        Ok(Self::new(new_challenge, next, device, now))
    }

    /// Opens a challenge without adding it to the list of live ones: sealed challenges are not counted.
    ///
    /// # Errors
    /// The refusal.
    pub fn open_unlisted(
        new_challenge: &NewChallenge,
        next: NextPicture,
        device: &Device,
        now: UnixMillis,
    ) -> Result<Self, Refusal> {
        device.may_open(now)?;
        Ok(Self::new(new_challenge, next, device, now))
    }

    fn new(new_challenge: &NewChallenge, next: NextPicture, device: &Device, now: UnixMillis) -> Self {
        Self {
            answer: next.answer,
            picture: next.picture,
            round: 1,
            refreshes: 0,
            streak: 0,
            extended: false,
            decoy: false,
            heard: false,
            proven: device.is_proven(now),
            presentation: new_challenge.presentation,
            level: new_challenge.level.raised(device.extra_levels(now)),
            action: new_challenge.action,
            risk: new_challenge.risk,
            device: new_challenge.device,
            prefix: new_challenge.prefix,
            site: new_challenge.site,
            assessed: new_challenge.assessed,
            epoch: new_challenge.epoch,
            shown_at: now,
            expires_at: now.plus(rules::CHALLENGE_LIFETIME),
        }
    }

    /// Answers the current picture. Clears `slot` when the challenge ends.
    pub fn answer(
        slot: &mut Option<Self>,
        key: Key,
        device: &mut Device,
        attempt: Attempt,
        next: NextPicture,
        now: UnixMillis,
    ) -> AnswerResult {
        let Some(mut challenge) = slot.take() else {
            return AnswerResult::Closed { wait: closed_wait(device, now), reason: FailureReason::Unknown };
        };
        if now >= challenge.expires_at {
            device.close(key);
            return AnswerResult::Closed { wait: closed_wait(device, now), reason: FailureReason::Expired };
        }
        let failure = challenge.evaluate(attempt, device, now);
        challenge.streak = if failure.is_none() { challenge.streak + 1 } else { 0 };
        challenge.heard |= failure.is_none() && challenge.presentation.audio;
        if challenge.streak >= challenge.needed() {
            device.close(key);
            return AnswerResult::Passed(Pass::new(challenge.new_pass(), now), challenge);
        }
        let failure = failure.unwrap_or(FailureReason::Halfway);
        if challenge.round >= challenge.rounds() {
            device.close(key);
            return AnswerResult::Closed { wait: device.record_loss(now), reason: failure };
        }
        challenge.round += 1;
        challenge.show(next, now);
        *slot = Some(challenge);
        AnswerResult::Again(challenge, failure)
    }

    /// Failure of an answer; `None` when it is right. All checks run in any case.
    fn evaluate(&self, attempt: Attempt, device: &mut Device, now: UnixMillis) -> Option<FailureReason> {
        let took = now.since(self.shown_at);
        // A replayed picture gains nothing, and must not use up the quota of the rightful user.
        let takes = if self.presentation.audio { rules::SPOKEN_ANSWER_COST } else { 1 };
        let too_many = !self.decoy && device.count_answer(takes, now);
        let right = self.answer.is(attempt.answer);
        let stale = !attempt.picture.is_some_and(|picture| picture.is(self.picture)) || self.decoy;
        let too_fast = took < rules::MIN_ANSWER_TIME;
        device.record_answer(right && !stale && !too_fast, took, now);
        let reasons = [
            (stale, FailureReason::Stale),
            (too_fast, FailureReason::TooFast),
            (too_many, FailureReason::TooMany),
            (!right, FailureReason::Wrong),
        ];
        reasons.into_iter().find(|(is, _)| *is).map(|(_, failure)| failure)
    }

    /// Replaces the picture.
    ///
    /// # Errors
    /// The picture stays.
    pub fn refresh(
        slot: &mut Option<Self>,
        picture: Option<PictureId>,
        audio: Option<bool>,
        next: NextPicture,
        now: UnixMillis,
    ) -> Result<Self, ChangeRefusal> {
        let challenge = Self::current(slot, picture, now)?;
        if challenge.refreshes >= rules::REFRESHES {
            return Err(ChangeRefusal::UsedUp);
        }
        challenge.refreshes += 1;
        challenge.presentation.audio = audio.unwrap_or(challenge.presentation.audio);
        challenge.show(next, now);
        Ok(*challenge)
    }

    /// Extends the lifetime, once. The picture keeps its answer; a sealed one gets another id.
    ///
    /// # Errors
    /// The lifetime stays.
    pub fn extend(
        slot: &mut Option<Self>,
        key: Key,
        device: &mut Device,
        picture: Option<PictureId>,
        now: UnixMillis,
    ) -> Result<Self, ChangeRefusal> {
        let challenge = Self::current(slot, picture, now)?;
        if challenge.extended {
            return Err(ChangeRefusal::UsedUp);
        }
        challenge.extended = true;
        challenge.expires_at = challenge.expires_at.plus(rules::EXTENSION);
        device.extend(key, challenge.expires_at);
        Ok(*challenge)
    }

    fn current(
        slot: &mut Option<Self>,
        picture: Option<PictureId>,
        now: UnixMillis,
    ) -> Result<&mut Self, ChangeRefusal> {
        let live =
            |challenge: &&mut Self| now < challenge.expires_at && picture.is_some_and(|id| id.is(challenge.picture));
        slot.as_mut().filter(live).ok_or(ChangeRefusal::Over)
    }

    fn show(&mut self, next: NextPicture, now: UnixMillis) {
        (self.picture, self.answer, self.shown_at) = (next.picture, next.answer, now);
    }

    /// Turns into a decoy, for a replayed picture: it continues, and every further answer is wrong.
    #[must_use]
    pub fn decoy(self) -> Self {
        Self { decoy: true, ..self }
    }

    /// The same picture with another id, for a picture that is sealed again.
    #[must_use]
    pub fn renamed(self, picture: PictureId) -> Self {
        Self { picture, ..self }
    }

    /// `true` when an answer now is faster than arrow keys allow, though not faster than humans. Applies to all
    /// clients, not only to those that claim to be a TV: a bot avoids a claim that can only harm it.
    pub fn faster_than_human(&self, now: UnixMillis) -> bool {
        let least = rules::MIN_PRESS_TIME * u32::from(least_presses(self.answer));
        !self.presentation.audio && now.since(self.shown_at) < least
    }
}

/// Wait reported for an unknown challenge: that of the device, and at least the first cool-down, so that a lost
/// challenge is indistinguishable from one that never existed.
fn closed_wait(device: &Device, now: UnixMillis) -> Duration {
    device.cool_down_left(now).max(rules::COOL_DOWNS[0])
}
