//! `POST /api/v1/social/{provider}/start`: starts a sign-in at a provider.

use actix_web::web;
use contracts::auth::social::StartSocialLogin;
use service_kit::{ApiError, Input, Success};

use super::convert::{provider, start_response};
use crate::state::AppState;
use accounts::ClientKind;

/// Returns the authorization URL.
pub async fn start_social_login(
    state: web::Data<AppState>,
    input: Input<StartSocialLogin>,
) -> Result<Success<StartSocialLogin>, ApiError> {
    let provider = provider(&input.path.provider)?;
    let authorization_url = state.social.start_sign_in(&provider, ClientKind::App, input.body.language).await?;
    Ok(Success::new(start_response(authorization_url)))
}
