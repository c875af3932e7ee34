//! `POST /api/v1/captcha/challenges/{session}/answer`: answers a picture.

use actix_web::web;
use contracts::Secret;
use contracts::captcha::challenges::{AnswerChallenge, AnswerChallengeResponse};
use service_kit::{ApiError, Input, Success};

use super::picture_response;
use crate::flows::answer::AnswerOutcome;
use crate::state::AppState;

/// Evaluates an answer. A failed one gets the same response whatever the reason.
pub async fn answer_challenge(
    state: web::Data<AppState>,
    input: Input<AnswerChallenge>,
) -> Result<Success<AnswerChallenge>, ApiError> {
    let (challenge, body) = (&input.path.session, &input.body);
    let outcome = state.challenges.answer(challenge, &body.picture_id, &body.answer).await?;
    Ok(Success::new(match outcome {
        AnswerOutcome::Passed { token, ttl } => {
            AnswerChallengeResponse::Passed { token: Secret::new(token), expires_in: ttl.as_secs() }
        }
        AnswerOutcome::Again { challenge, picture_id, ttl } => {
            AnswerChallengeResponse::Again(picture_response::picture(&challenge, picture_id, ttl))
        }
        AnswerOutcome::Closed { wait } => {
            AnswerChallengeResponse::Closed { wait_s: picture_response::wait(wait).as_secs() }
        }
    }))
}
