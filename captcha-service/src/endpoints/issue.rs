//! `POST /api/v1/captcha/challenges`: opens a challenge.

use actix_web::web;
use contracts::captcha::challenges::{
    Alternatives, IssueChallenge, IssueChallengeResponse, Modality, PhoneAlternative,
};
use service_kit::{ApiError, Input, Success};

use super::picture_response;
use crate::domain::rules;
use crate::extract::Origin;
use crate::state::AppState;

/// Opens a challenge and draws its first picture.
pub async fn issue_challenge(
    state: web::Data<AppState>,
    origin: Origin,
    input: Input<IssueChallenge>,
) -> Result<Success<IssueChallenge>, ApiError> {
    let issued = state.challenges.issue(&input.body, origin.0).await?;
    let phone = state.phone_url.as_ref().map(|url| PhoneAlternative { url: url.clone(), code: None });
    Ok(Success::new(IssueChallengeResponse {
        session: issued.token.to_text(),
        picture: picture_response::picture(&issued.challenge, issued.picture_id, issued.ttl),
        needed: issued.challenge.level().needed(),
        refreshes: issued.challenge.refreshes_left(),
        extension: rules::EXTENSION.as_secs(),
        device_token: issued.device_token,
        alternatives: Alternatives { phone, modalities: vec![Modality::Image, Modality::Audio] },
    }))
}
