//! `POST /api/v1/captcha/challenges/{session}/extend`: more time.

use actix_web::web;
use contracts::captcha::challenges::{ExtendChallenge, ExtendChallengeResponse};
use service_kit::{ApiError, Input, Success};

use crate::state::AppState;

/// Extends a challenge, once.
pub async fn extend_challenge(
    state: web::Data<AppState>,
    input: Input<ExtendChallenge>,
) -> Result<Success<ExtendChallenge>, ApiError> {
    let changed = state.challenges.extend(&input.path.session, &input.body.picture_id).await?;
    let expires_in = changed.ttl.as_secs();
    Ok(Success::new(ExtendChallengeResponse { picture_id: changed.picture_id, expires_in }))
}
