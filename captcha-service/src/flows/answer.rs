//! Answering a picture.

use std::time::Duration;

use super::challenges::Challenges;
use crate::challenge_repository::{ChallengeRepository, PictureRef, StoreMode};
use crate::domain::{
    Answer, AnswerResult, Attempt, Challenge, ChallengeToken, FailureReason, Key, NetworkEvent, NextPicture, Pass,
    PrefixKey, UnixMillis, rules,
};
use crate::metrics;
use crate::stores::{RecordKeys, Records, StoreError};

/// Result of an answer, with the data of its response.
pub enum AnswerOutcome {
    /// The challenge is passed.
    Passed {
        /// The pass as text.
        token: String,
        /// Remaining lifetime of the pass.
        ttl: Duration,
    },
    /// Another picture.
    Again {
        /// The challenge that shows it.
        challenge: Challenge,
        /// Its id.
        picture_id: String,
        /// Remaining lifetime of the challenge.
        ttl: Duration,
    },
    /// The challenge is over.
    Closed {
        /// Time until the next challenge may be opened.
        wait: Duration,
    },
}

/// Failure to evaluate an answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AnswerError {
    /// The store failed.
    #[error("the answer cannot be judged")]
    Store(#[from] StoreError),
    /// Sealing failed.
    #[error("the next picture cannot be sealed")]
    Unsealed,
}

/// Result of the update that evaluated an answer.
struct Submission {
    result: AnswerResult,
    now: UnixMillis,
    took: Option<Duration>,
    prefix: Option<PrefixKey>,
}

impl Challenges {
    /// Evaluates an answer.
    ///
    /// # Errors
    /// [`AnswerError`].
    pub async fn answer(&self, challenge: &str, picture: &str, text: &str) -> Result<AnswerOutcome, AnswerError> {
        let Some(token) = ChallengeToken::parse(challenge) else {
            return Ok(AnswerOutcome::Closed { wait: rules::COOL_DOWNS[0] });
        };
        let (given, next) = (Answer::parse(text), NextPicture::random());
        match self.repository.read_picture(picture, &token) {
            PictureRef::Stored(picture) => self.answer_stored(&token, Attempt { picture, answer: given }, next).await,
            PictureRef::Sealed(challenge) => {
                let attempt = Attempt { picture: Some(challenge.picture()), answer: given };
                self.answer_sealed(&token, challenge, attempt, next).await
            }
        }
    }

    async fn answer_stored(
        &self,
        token: &ChallengeToken,
        attempt: Attempt,
        next: NextPicture,
    ) -> Result<AnswerOutcome, AnswerError> {
        let (key, pass) = (token.key(), ChallengeToken::random(token.device()));
        let keys = RecordKeys::challenge(token.device(), key).and_pass(pass.key());
        let submission = self.repository.change(&keys, |records, now| {
            let live = records
                .challenge
                .filter(|challenge| challenge.epoch() == records.epoch && challenge.device() == token.device());
            records.challenge = live;
            let submission = self.evaluate(records, key, attempt, next, now);
            if let AnswerResult::Passed(pass, _) = submission.result {
                records.pass = Some(pass);
            }
            submission
        });
        let submission = submission.await?;
        self.finish(key, &submission, true).await;
        Ok(match submission.result {
            AnswerResult::Passed(given, _) => {
                AnswerOutcome::Passed { token: pass.to_text(), ttl: submission.now.until(given.expires_at()) }
            }
            AnswerResult::Again(challenge, _) => AnswerOutcome::Again {
                picture_id: challenge.picture().to_text(),
                ttl: submission.now.until(challenge.expires_at()),
                challenge,
            },
            AnswerResult::Closed { wait, .. } => AnswerOutcome::Closed { wait },
        })
    }

    async fn answer_sealed(
        &self,
        token: &ChallengeToken,
        challenge: Challenge,
        attempt: Attempt,
        next: NextPicture,
    ) -> Result<AnswerOutcome, AnswerError> {
        let (repository, key) = (&self.repository, token.key());
        let keys = RecordKeys::device(token.device()).and_nonce(ChallengeRepository::nonce_of(&challenge, key));
        let claimed = repository.claim(&keys, challenge.expires_at()).await?;
        let update = |records: &mut Records, now: UnixMillis, mode: StoreMode| {
            let valid = repository.is_current(challenge.epoch(), challenge.shown_at(), records, mode);
            // If claim and update use the same store, the update sees its own claim.
            let is_replay = !claimed || (records.used.is_some() && mode == StoreMode::Primary);
            records.challenge = valid.then(|| if is_replay { challenge.decoy() } else { challenge });
            if valid && !is_replay && now < challenge.expires_at() {
                records.used = Some(challenge.expires_at());
            }
            let mut submission = self.evaluate(records, key, attempt, next, now);
            records.challenge = None; // it is sealed into the next picture
            if let AnswerResult::Passed(pass, challenge) = submission.result {
                submission.result = AnswerResult::Passed(pass.degraded(mode == StoreMode::Degraded), challenge);
            }
            submission
        };
        let outcome = repository.update_or_fall_back(&keys, update).await;
        if outcome.is_err() && claimed {
            repository.unclaim(&keys).await;
        }
        let (submission, mode) = outcome?;
        if mode == StoreMode::Degraded && claimed {
            repository.enqueue_picture_replay(&keys, challenge.expires_at());
        }
        self.finish(key, &submission, false).await;
        Ok(match submission.result {
            AnswerResult::Passed(pass, _) => passed(repository, &pass, submission.now)?,
            AnswerResult::Again(challenge, _) => AnswerOutcome::Again {
                picture_id: repository.seal_picture(&challenge, key).ok_or(AnswerError::Unsealed)?,
                ttl: submission.now.until(challenge.expires_at()),
                challenge,
            },
            AnswerResult::Closed { wait, .. } => AnswerOutcome::Closed { wait },
        })
    }
}

fn passed(repository: &ChallengeRepository, pass: &Pass, now: UnixMillis) -> Result<AnswerOutcome, AnswerError> {
    let token = repository.seal_pass(pass).ok_or(AnswerError::Unsealed)?;
    Ok(AnswerOutcome::Passed { token, ttl: now.until(pass.expires_at()) })
}

impl Challenges {
    /// The update itself: runs the state machine, grants a waiver and adds points.
    fn evaluate(
        &self,
        records: &mut Records,
        key: Key,
        attempt: Attempt,
        next: NextPicture,
        now: UnixMillis,
    ) -> Submission {
        let before = records.challenge;
        let faster_than_arrow_keys = before.is_some_and(|challenge| challenge.faster_than_human(now));
        let result = Challenge::answer(&mut records.challenge, key, &mut records.device, attempt, next, now);
        if let AnswerResult::Passed(_, challenge) = &result {
            records.device.grant_waiver(challenge.context(), now);
        }
        let points = &self.weights.points;
        let too_fast = matches!(
            result,
            AnswerResult::Again(_, FailureReason::TooFast)
                | AnswerResult::Closed { reason: FailureReason::TooFast, .. }
        );
        let worth = if too_fast {
            points.too_fast
        } else if faster_than_arrow_keys {
            points.beats_thumbs
        } else {
            0
        };
        if let Some(worth) = u16::try_from(worth).ok().filter(|worth| *worth > 0) {
            records.device.add_points(worth, now);
        }
        let took = before.map(|challenge| now.since(challenge.shown_at()));
        Submission { result, now, took, prefix: before.map(|challenge| challenge.prefix()) }
    }

    /// Records metrics, and releases the challenge's slot in its network.
    async fn finish(&self, key: Key, submission: &Submission, listed: bool) {
        metrics::record_answer(&submission.result, submission.took);
        let Some(prefix) = submission.prefix else { return };
        let event = match submission.result {
            AnswerResult::Closed { reason: FailureReason::Expired | FailureReason::Unknown, .. }
            | AnswerResult::Again(..) => {
                return;
            }
            AnswerResult::Closed { .. } => NetworkEvent::Lost(key),
            AnswerResult::Passed(..) if listed => NetworkEvent::Closed(key),
            AnswerResult::Passed(..) => return,
        };
        // A slot that is not released expires with the challenge.
        let _ = self.repository.primary().apply_network_event(prefix, event).await;
    }
}
