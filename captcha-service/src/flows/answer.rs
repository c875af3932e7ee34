//! Answering a picture.

use std::time::Duration;

use super::challenges::Challenges;
use crate::challenge_repository::{ChallengeRepository, PictureRef, StoreMode};
use crate::domain::{
    Answer, AnswerResult, Attempt, Challenge, ChallengeToken, FailureReason, Key, NetworkEvent, NextPicture, Pass,
    PassNeed, PrefixKey, UnixMillis, rules,
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
        let submission = self.finish(key, submission.await?).await?;
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
        let submission = self.finish(key, submission).await?;
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
    /// The update itself: runs the state machine and adds points.
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

    /// Takes a right answer's pass from the budget of its network, grants the waiver that comes with it, releases the
    /// challenge's slot, and records metrics. Above the budget the challenge is closed: its pass is never named.
    async fn finish(&self, key: Key, submission: Submission) -> Result<Submission, AnswerError> {
        let Submission { result, now, took, prefix } = submission;
        let result = match (result, prefix) {
            (AnswerResult::Passed(pass, challenge), Some(prefix)) => {
                let need = PassNeed { budget: self.budget, spoken: challenge.was_heard() };
                let network = self.repository.take_pass(prefix, key, need).await?;
                if network.refused {
                    let wait = self.budget.wait(network.passes, need.spoken, now).unwrap_or_default();
                    AnswerResult::Closed { wait: wait.max(rules::COOL_DOWNS[0]), reason: FailureReason::NoPassLeft }
                } else {
                    self.grant_waiver(&challenge).await;
                    AnswerResult::Passed(pass, challenge)
                }
            }
            (result, Some(prefix)) if is_lost(&result) => {
                // A slot that is not released expires with the challenge.
                let _ = self.repository.primary().apply_network_event(prefix, NetworkEvent::Lost(key)).await;
                result
            }
            (result, _) => result,
        };
        metrics::record_answer(&result, took);
        Ok(Submission { result, now, took, prefix })
    }

    /// After the pass is counted, so that no answer above the budget waives a picture.
    async fn grant_waiver(&self, challenge: &Challenge) {
        let grant = |records: &mut Records, now: UnixMillis, _: StoreMode| {
            records.device.grant_waiver(challenge.context(), now);
        };
        // Without it the next sign-in shows a picture.
        let _ = self.repository.update_or_fall_back(&RecordKeys::device(challenge.device()), grant).await;
    }
}

/// `true` for a live challenge that was closed without a pass.
fn is_lost(result: &AnswerResult) -> bool {
    let AnswerResult::Closed { reason, .. } = result else { return false };
    !matches!(reason, FailureReason::Expired | FailureReason::Unknown)
}
