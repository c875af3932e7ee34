//! `POST /api/v1/captcha/challenges`: opens a challenge.

use actix_web::web;
use contracts::captcha::challenges::{
    Alternatives, IssueChallenge, IssueChallengeResponse, Modality, PhoneAlternative,
};
use service_kit::{ApiError, Input, Success};

use super::picture_response;
use crate::domain::rules;
use crate::extract::Origin;
use crate::flows::issue::IssueError;
use crate::state::AppState;

/// Opens a challenge and draws its first picture.
pub async fn issue_challenge(
    state: web::Data<AppState>,
    origin: Origin,
    input: Input<IssueChallenge>,
) -> Result<Success<IssueChallenge>, ApiError> {
    let phone = state.phone_url.as_ref().map(|url| PhoneAlternative { url: url.clone(), code: None });
    let issued = state.challenges.issue(&input.body, origin.0).await;
    let issued = issued.map_err(|error| refused(error, phone.as_ref()))?;
    let mut modalities = vec![Modality::Image];
    modalities.extend(issued.may_listen.then_some(Modality::Audio));
    Ok(Success::new(IssueChallengeResponse {
        session: issued.token.to_text(),
        picture: picture_response::picture(&issued.challenge, issued.picture_id, issued.ttl),
        needed: issued.challenge.needed(),
        refreshes: issued.challenge.refreshes_left(),
        extension: rules::EXTENSION.as_secs(),
        device_token: issued.device_token,
        alternatives: Alternatives { phone, modalities },
    }))
}

/// A refusal names the phone whatever its reason: the reply must not show which quota applied.
fn refused(error: IssueError, phone: Option<&PhoneAlternative>) -> ApiError {
    let names_phone = matches!(error, IssueError::Refused(_));
    let error = ApiError::from(error);
    match phone.filter(|_| names_phone).cloned() {
        Some(phone) => error.extension(move |problem| problem.phone = Some(phone.clone())),
        None => error,
    }
}
