//! The state machine of a session. Pure: what it needs of the world, time and chance, comes as arguments.
//!
//! ```text
//!             refresh (≤ 3)          wrong, too fast or stale, round < 3
//!               ┌─────┐               ┌───────┐
//!  open         │     ▼               │       ▼
//!  ──────▶ live, round 1 to 3, one picture ───┐
//!    │          │  right, in time             ├─▶ passed (one pass)
//!    │          ├─ wrong in round 3 ──────────┼─▶ lost (cool-down, next one harder)
//!    │          └─ 180 s, once + 180 s ───────┴─▶ expired
//!    └─▶ refused (quota, cool-down, live sessions)
//! ```
//!
//! Whatever ends a session removes it, so nothing leads out of an end.

mod record;

use std::time::Duration;

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

/// Length of a session in stores and in sealed pictures.
pub const SESSION_BYTES: usize = 62;

/// How the sum of a picture is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presentation {
    /// Heard instead of seen.
    pub audio: bool,
    /// English instead of Russian.
    pub english: bool,
    /// White on black.
    pub inverted: bool,
}

/// A session that is live. `Debug` does not show the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Challenge {
    answer: Answer,
    picture: PictureId,
    round: u8,
    refreshes: u8,
    streak: u8,
    extended: bool,
    /// Nothing is right any more: it goes on for whoever used a picture twice, so that nobody can tell.
    decoy: bool,
    look: Presentation,
    level: Level,
    action: Action,
    risk: u8,
    device: DeviceKey,
    prefix: PrefixKey,
    site: SiteNumber,
    /// What was assessed before, if anything was.
    assessed: Option<AssessedRequest>,
    epoch: u32,
    shown_at: UnixMillis,
    expires_at: UnixMillis,
}

/// A session to be opened.
#[derive(Debug, Clone, Copy)]
pub struct NewChallenge {
    /// Where it will be kept.
    pub key: Key,
    /// Its device.
    pub device: DeviceKey,
    /// Its network.
    pub prefix: PrefixKey,
    /// What its pass will be for.
    pub site: SiteNumber,
    /// What its pass will be for.
    pub action: Action,
    /// How hard it is, before lost sessions make it harder.
    pub level: Level,
    /// The risk it was judged by, 0 to 100.
    pub risk: u8,
    /// What was assessed before, if anything was.
    pub assessed: Option<AssessedRequest>,
    /// How the sum is put.
    pub look: Presentation,
    /// The life of the store that it is opened in.
    pub epoch: u32,
}

/// The next picture, chosen before it is known whether it is needed: then both ways cost the same.
#[derive(Debug, Clone, Copy)]
pub struct NextPicture {
    /// Its name.
    pub picture: PictureId,
    /// Its answer.
    pub answer: Answer,
}

impl NextPicture {
    /// By chance.
    pub fn random() -> Self {
        Self { picture: PictureId::random(), answer: Answer::random() }
    }
}

/// An answer as it came.
#[derive(Debug, Clone, Copy)]
pub struct Attempt {
    /// The picture it is for, if it is any.
    pub picture: Option<PictureId>,
    /// What was typed, if it is an answer at all.
    pub answer: Option<Answer>,
}

/// What became of an answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum AnswerResult {
    /// Right.
    Passed(Pass, Challenge),
    /// The session as it is now.
    Again(Challenge, FailureReason),
    /// The session is over.
    Closed {
        /// How long to wait.
        wait: Duration,
        /// Why; for whoever watches, never for whoever asked.
        why: FailureReason,
    },
}

/// Why an answer did not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureReason {
    /// Another number.
    Wrong,
    /// Right, and another picture is needed.
    Halfway,
    /// Faster than people are.
    TooFast,
    /// For a picture that is not the one being shown.
    Stale,
    /// One answer too many for this minute or day.
    TooMany,
    /// The session is past its time.
    Expired,
    /// There is no such session, or there is none any more.
    Unknown,
}

/// Why a session cannot be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unchanged {
    /// It is not there, or not with this picture.
    Over,
    /// It has no more of that.
    UsedUp,
}

impl Challenge {
    /// Opens a session, or says why not.
    ///
    /// # Errors
    /// The refusal.
    pub fn open(
        opening: &NewChallenge,
        next: NextPicture,
        device: &mut Device,
        now: UnixMillis,
    ) -> Result<Self, Refusal> {
        let expires_at = now.plus(rules::SESSION);
        device.open(opening.key, expires_at, now)?;
        Ok(Self::new(opening, next, device, now))
    }

    /// The same without a place on the list of live sessions: of pictures that are sealed nothing is kept.
    ///
    /// # Errors
    /// The refusal.
    pub fn open_unlisted(
        opening: &NewChallenge,
        next: NextPicture,
        device: &Device,
        now: UnixMillis,
    ) -> Result<Self, Refusal> {
        device.may_open(now)?;
        Ok(Self::new(opening, next, device, now))
    }

    fn new(opening: &NewChallenge, next: NextPicture, device: &Device, now: UnixMillis) -> Self {
        Self {
            answer: next.answer,
            picture: next.picture,
            round: 1,
            refreshes: 0,
            streak: 0,
            extended: false,
            decoy: false,
            look: opening.look,
            level: opening.level.raised(device.raise(now)),
            action: opening.action,
            risk: opening.risk,
            device: opening.device,
            prefix: opening.prefix,
            site: opening.site,
            assessed: opening.assessed,
            epoch: opening.epoch,
            shown_at: now,
            expires_at: now.plus(rules::SESSION),
        }
    }

    /// Answers the picture that is shown. `held` is left empty when the session ends.
    pub fn answer(
        held: &mut Option<Self>,
        key: Key,
        device: &mut Device,
        attempt: Attempt,
        next: NextPicture,
        now: UnixMillis,
    ) -> AnswerResult {
        let Some(mut session) = held.take() else {
            return AnswerResult::Closed { wait: over(device, now), why: FailureReason::Unknown };
        };
        if now >= session.expires_at {
            device.close(key);
            return AnswerResult::Closed { wait: over(device, now), why: FailureReason::Expired };
        }
        let failing = session.judge(attempt, device, now);
        session.streak = if failing.is_none() { session.streak + 1 } else { 0 };
        if session.streak >= session.level.needed() {
            device.close(key);
            return AnswerResult::Passed(Pass::new(&session, now), session);
        }
        let failing = failing.unwrap_or(FailureReason::Halfway);
        if session.round >= rules::ROUNDS {
            device.close(key);
            return AnswerResult::Closed { wait: device.lose(now), why: failing };
        }
        session.round += 1;
        session.show(next, now);
        *held = Some(session);
        AnswerResult::Again(session, failing)
    }

    /// Why an answer is not right; `None` when it is. Everything is looked at, whatever is wrong already.
    fn judge(&self, attempt: Attempt, device: &mut Device, now: UnixMillis) -> Option<FailureReason> {
        let took = now.since(self.shown_at);
        // Somebody who uses a picture again gains nothing, and must not use up what the one who uses it rightly needs.
        let takes = if self.look.audio { rules::SPOKEN_ANSWERS_TAKE } else { 1 };
        let too_many = !self.decoy && device.count_answer(takes, now);
        let right = self.answer.is(attempt.answer);
        let stale = !attempt.picture.is_some_and(|picture| picture.is(self.picture)) || self.decoy;
        let too_fast = took < rules::FASTEST;
        device.note_answer(right && !stale && !too_fast, took, now);
        let reasons = [
            (stale, FailureReason::Stale),
            (too_fast, FailureReason::TooFast),
            (too_many, FailureReason::TooMany),
            (!right, FailureReason::Wrong),
        ];
        reasons.into_iter().find(|(is, _)| *is).map(|(_, failing)| failing)
    }

    /// Replaces the picture.
    ///
    /// # Errors
    /// Why it stays.
    pub fn refresh(
        held: &mut Option<Self>,
        picture: Option<PictureId>,
        audio: Option<bool>,
        next: NextPicture,
        now: UnixMillis,
    ) -> Result<Self, Unchanged> {
        let session = Self::shown(held, picture, now)?;
        if session.refreshes >= rules::REFRESHES {
            return Err(Unchanged::UsedUp);
        }
        session.refreshes += 1;
        session.look.audio = audio.unwrap_or(session.look.audio);
        session.show(next, now);
        Ok(*session)
    }

    /// Gives more time, once. The picture keeps its answer; a sealed one gets another name.
    ///
    /// # Errors
    /// Why it stays.
    pub fn extend(
        held: &mut Option<Self>,
        key: Key,
        device: &mut Device,
        picture: Option<PictureId>,
        now: UnixMillis,
    ) -> Result<Self, Unchanged> {
        let session = Self::shown(held, picture, now)?;
        if session.extended {
            return Err(Unchanged::UsedUp);
        }
        session.extended = true;
        session.expires_at = session.expires_at.plus(rules::EXTENSION);
        device.extend(key, session.expires_at);
        Ok(*session)
    }

    fn shown(held: &mut Option<Self>, picture: Option<PictureId>, now: UnixMillis) -> Result<&mut Self, Unchanged> {
        let live = |session: &&mut Self| now < session.expires_at && picture.is_some_and(|id| id.is(session.picture));
        held.as_mut().filter(live).ok_or(Unchanged::Over)
    }

    fn show(&mut self, next: NextPicture, now: UnixMillis) {
        (self.picture, self.answer, self.shown_at) = (next.picture, next.answer, now);
    }

    /// The same for whoever used this picture before: it goes on, and nothing will be right.
    #[must_use]
    pub fn decoy(self) -> Self {
        Self { decoy: true, ..self }
    }

    /// The same picture under another name, for a picture that is sealed anew.
    #[must_use]
    pub fn renamed(self, picture: PictureId) -> Self {
        Self { picture, ..self }
    }

    /// `true` when an answer now is faster than a thumb on arrows, though not faster than people are. Not only of who says that
    /// it is a TV: a claim that can only harm is not made by a bot.
    pub fn faster_than_human(&self, now: UnixMillis) -> bool {
        let least = rules::FASTEST_PRESS * u32::from(least_presses(self.answer));
        !self.look.audio && now.since(self.shown_at) < least
    }
}

/// The wait that is told of a session that is not there: that of the device, and never less than the first one, so that a
/// session that was lost cannot be told from one that never was.
fn over(device: &Device, now: UnixMillis) -> Duration {
    device.cooling(now).max(rules::COOL_DOWNS[0])
}
