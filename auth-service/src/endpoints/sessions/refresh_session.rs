//! `POST /api/v1/sessions/refresh`: exchanges a refresh token for a new pair.

use actix_web::web;
use contracts::auth::sessions::{RefreshSession, RefreshSessionResponse};
use service_kit::{ApiError, Input, Success};

use crate::endpoints::convert::tokens;
use token_verifier::CLIENT_ID;

use crate::extract::RequestClient;
use crate::state::AppState;

/// Refreshes a session.
pub async fn refresh_session(
    state: web::Data<AppState>,
    client: RequestClient,
    input: Input<RefreshSession>,
) -> Result<Success<RefreshSession>, ApiError> {
    let pair = state.sessions.refresh(input.body.refresh_token.expose(), CLIENT_ID, &client.0).await?;
    Ok(Success::new(RefreshSessionResponse { tokens: tokens(pair) }))
}
