//! `POST /api/v1/captcha/challenges/{session}/refresh`: another picture.

use actix_web::web;
use contracts::captcha::challenges::{RefreshChallenge, RefreshChallengeResponse};
use service_kit::{ApiError, Input, Success};

use super::picture_response;
use crate::state::AppState;

/// Replaces a picture that the user cannot read.
pub async fn refresh_challenge(
    state: web::Data<AppState>,
    input: Input<RefreshChallenge>,
) -> Result<Success<RefreshChallenge>, ApiError> {
    let (challenge, body) = (&input.path.session, &input.body);
    let changed = state.challenges.refresh(challenge, &body.picture_id, body.modality).await?;
    Ok(Success::new(RefreshChallengeResponse {
        refreshes: changed.challenge.refreshes_left(),
        needed: changed.challenge.needed(),
        picture: picture_response::picture(&changed.challenge, changed.picture_id, changed.ttl),
    }))
}
