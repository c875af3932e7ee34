//! `POST /api/v1/sessions/refresh`: exchanges a refresh token for a new pair.

use account_flows::TokenRequest;
use actix_web::web;
use contracts::auth::sessions::{RefreshSession, RefreshSessionResponse};
use oauth_clients::Client;
use service_kit::{ApiError, Input, SubjectLimits, Success};

use crate::endpoints::convert::tokens;
use crate::extract::RequestClient;
use crate::limits::REFRESHES;
use crate::state::AppState;

/// Refreshes a session.
pub async fn refresh_session(
    state: web::Data<AppState>,
    limits: SubjectLimits,
    client: RequestClient,
    input: Input<RefreshSession>,
) -> Result<Success<RefreshSession>, ApiError> {
    drop(limits.account(REFRESHES).await?);
    let own = Client::first_party();
    let request = TokenRequest::of(&own);
    let pair = state.sessions.refresh(input.body.refresh_token.expose(), request, &client.0).await?;
    Ok(Success::new(RefreshSessionResponse { tokens: tokens(pair) }))
}
