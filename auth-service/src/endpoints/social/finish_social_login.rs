//! `POST /api/v1/social/{provider}/finish`: signs in with a provider's callback.

use actix_web::web;
use contracts::auth::social::{FinishSocialLogin, FinishSocialLoginResponse};
use service_kit::{ApiError, Input, Success};

use super::convert::{callback_input, provider};
use crate::endpoints::convert::{display_name, profile, tokens};
use crate::extract::RequestLocation;
use crate::state::AppState;

/// Opens a session; a new user gets an account.
pub async fn finish_social_login(
    state: web::Data<AppState>,
    location: RequestLocation,
    input: Input<FinishSocialLogin>,
) -> Result<Success<FinishSocialLogin>, ApiError> {
    let (path, mut body) = (input.path, input.body);
    body.device.name = display_name("/device/name", &body.device.name)?.into();
    let callback = callback_input(provider(&path.provider)?, body.ticket, body.callback);
    let (current, pair) = state.social.finish_sign_in(callback, body.device, location.0, body.take_claimed).await?;
    let user = profile(current.user, current.roles);
    Ok(Success::new(FinishSocialLoginResponse { user, tokens: tokens(pair) }))
}
