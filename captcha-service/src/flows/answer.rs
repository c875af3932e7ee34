//! Answering a picture.

use std::time::Duration;

use super::challenge_repository::{ChallengeRepository, PictureRef, StoreMode};
use crate::domain::{
    Answer, AnswerResult, Attempt, Challenge, ChallengeToken, FailureReason, Key, NetworkEvent, NextPicture, Pass,
    PrefixKey, UnixMillis, rules,
};
use crate::metrics;
use crate::state::AppState;
use crate::stores::{RecordKeys, Records, StoreError};

/// Result of an answer, with the data of its response.
pub enum AnswerOutcome {
    /// The challenge is passed.
    Passed {
        /// The pass as text.
        token: String,
        /// Remaining lifetime of the pass.
        lasts: Duration,
    },
    /// Another picture.
    Again {
        /// The challenge that shows it.
        session: Challenge,
        /// Its id.
        picture_id: String,
        /// Remaining lifetime of the challenge.
        lasts: Duration,
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
    answered: AnswerResult,
    now: UnixMillis,
    took: Option<Duration>,
    prefix: Option<PrefixKey>,
}

/// Evaluates an answer.
///
/// # Errors
/// [`AnswerError`].
pub async fn answer(state: &AppState, session: &str, picture: &str, text: &str) -> Result<AnswerOutcome, AnswerError> {
    let Some(ticket) = ChallengeToken::parse(session) else {
        return Ok(AnswerOutcome::Closed { wait: rules::COOL_DOWNS[0] });
    };
    let (given, next) = (Answer::parse(text), NextPicture::random());
    match state.desk.read_picture(picture, &ticket) {
        PictureRef::Stored(picture) => stored(state, &ticket, Attempt { picture, answer: given }, next).await,
        PictureRef::Sealed(session) => {
            let attempt = Attempt { picture: Some(session.picture()), answer: given };
            sealed(state, &ticket, session, attempt, next).await
        }
    }
}

async fn stored(
    state: &AppState,
    ticket: &ChallengeToken,
    attempt: Attempt,
    next: NextPicture,
) -> Result<AnswerOutcome, AnswerError> {
    let (key, pass) = (ticket.key(), ChallengeToken::random(ticket.device()));
    let spot = RecordKeys::session(ticket.device(), key).and_pass(pass.key());
    let said = state.desk.change(&spot, |held, now| {
        let live = held.session.filter(|session| session.epoch() == held.epoch && session.device() == ticket.device());
        held.session = live;
        let said = judge(state, held, key, attempt, next, now);
        if let AnswerResult::Passed(pass, _) = said.answered {
            held.pass = Some(pass);
        }
        said
    });
    let said = said.await?;
    tell(state, key, &said, true).await;
    Ok(match said.answered {
        AnswerResult::Passed(given, _) => {
            AnswerOutcome::Passed { token: pass.to_text(), lasts: said.now.until(given.expires_at()) }
        }
        AnswerResult::Again(session, _) => AnswerOutcome::Again {
            picture_id: session.picture().to_text(),
            lasts: said.now.until(session.expires_at()),
            session,
        },
        AnswerResult::Closed { wait, .. } => AnswerOutcome::Closed { wait },
    })
}

async fn sealed(
    state: &AppState,
    ticket: &ChallengeToken,
    session: Challenge,
    attempt: Attempt,
    next: NextPicture,
) -> Result<AnswerOutcome, AnswerError> {
    let (desk, key) = (&state.desk, ticket.key());
    let spot = RecordKeys::device(ticket.device()).and_nonce(ChallengeRepository::nonce_of(&session, key));
    let claimed = desk.claim(&spot, session.expires_at()).await?;
    let step = |held: &mut Records, now: UnixMillis, made: StoreMode| {
        let counts = desk.counts(session.epoch(), session.shown_at(), held, made);
        // If claim and update use the same store, the update sees its own claim.
        let again = !claimed || (held.used.is_some() && made == StoreMode::Properly);
        held.session = counts.then(|| if again { session.decoy() } else { session });
        if counts && !again && now < session.expires_at() {
            held.used = Some(session.expires_at());
        }
        let mut said = judge(state, held, key, attempt, next, now);
        held.session = None; // it is sealed into the next picture
        if let AnswerResult::Passed(pass, session) = said.answered {
            said.answered = AnswerResult::Passed(pass.degraded(made == StoreMode::Degraded), session);
        }
        said
    };
    let stepped = desk.update_or_fall_back(&spot, step).await;
    if stepped.is_err() && claimed {
        desk.unclaim(&spot).await;
    }
    let (said, made) = stepped?;
    if made == StoreMode::Degraded && claimed {
        desk.owe_picture(&spot, session.expires_at());
    }
    tell(state, key, &said, false).await;
    Ok(match said.answered {
        AnswerResult::Passed(pass, _) => passed(desk, &pass, said.now)?,
        AnswerResult::Again(session, _) => AnswerOutcome::Again {
            picture_id: desk.seal_picture(&session, key).ok_or(AnswerError::Unsealed)?,
            lasts: said.now.until(session.expires_at()),
            session,
        },
        AnswerResult::Closed { wait, .. } => AnswerOutcome::Closed { wait },
    })
}

fn passed(desk: &ChallengeRepository, pass: &Pass, now: UnixMillis) -> Result<AnswerOutcome, AnswerError> {
    let token = desk.seal_pass(pass).ok_or(AnswerError::Unsealed)?;
    Ok(AnswerOutcome::Passed { token, lasts: now.until(pass.expires_at()) })
}

/// The update itself: runs the state machine, grants a waiver and adds points.
fn judge(
    state: &AppState,
    held: &mut Records,
    key: Key,
    attempt: Attempt,
    next: NextPicture,
    now: UnixMillis,
) -> Submission {
    let before = held.session;
    let beats_thumbs = before.is_some_and(|session| session.faster_than_human(now));
    let answered = Challenge::answer(&mut held.session, key, &mut held.device, attempt, next, now);
    if let AnswerResult::Passed(_, session) = &answered {
        held.device.grant_waiver(session.context(), now);
    }
    let points = &state.weights.points;
    let too_fast = matches!(
        answered,
        AnswerResult::Again(_, FailureReason::TooFast) | AnswerResult::Closed { why: FailureReason::TooFast, .. }
    );
    let worth = if too_fast {
        points.too_fast
    } else if beats_thumbs {
        points.beats_thumbs
    } else {
        0
    };
    if let Some(worth) = u16::try_from(worth).ok().filter(|worth| *worth > 0) {
        held.device.add_points(worth, now);
    }
    let took = before.map(|session| now.since(session.shown_at()));
    Submission { answered, now, took, prefix: before.map(|session| session.prefix()) }
}

/// Records metrics, and releases the challenge's slot in its network.
async fn tell(state: &AppState, key: Key, said: &Submission, listed: bool) {
    metrics::answered(&said.answered, said.took);
    let Some(prefix) = said.prefix else { return };
    let event = match said.answered {
        AnswerResult::Closed { why: FailureReason::Expired | FailureReason::Unknown, .. } | AnswerResult::Again(..) => {
            return;
        }
        AnswerResult::Closed { .. } => NetworkEvent::Lost(key),
        AnswerResult::Passed(..) if listed => NetworkEvent::Leave(key),
        AnswerResult::Passed(..) => return,
    };
    // A slot that is not released expires with the challenge.
    let _ = state.desk.main().crowd(prefix, event).await;
}
