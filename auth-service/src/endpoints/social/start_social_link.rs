//! `POST /api/v1/me/social-accounts/{provider}/start`: starts the linking of an account at a provider.

use actix_web::web;
use contracts::auth::social::StartSocialLink;
use service_kit::{ApiError, Input, Success};

use super::convert::{provider, start_response};
use crate::extract::Caller;
use crate::state::AppState;
use accounts::ClientKind;

/// Returns the authorization URL.
pub async fn start_social_link(
    state: web::Data<AppState>,
    caller: Caller,
    input: Input<StartSocialLink>,
) -> Result<Success<StartSocialLink>, ApiError> {
    let (provider, language) = (provider(&input.path.provider)?, input.body.language);
    let (user, session) = (caller.user.id, caller.session);
    let authorization_url = state.social.start_link(user, session, &provider, ClientKind::App, language).await?;
    Ok(Success::new(start_response(authorization_url)))
}
