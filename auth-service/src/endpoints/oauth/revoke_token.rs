//! `POST /oauth2/revoke`: ends the session of a token (RFC 7009).

use actix_web::web;
use contracts::auth::oauth::{RevokeToken, RevokeTokenResponse};
use service_kit::server::authorization::OptionalBasic;
use service_kit::{ApiError, Input, Success};

use super::client::check_client;
use crate::state::AppState;

/// Revokes a token with its session. A token that is not valid has no session, which is a success (RFC 7009 §2.2).
pub async fn revoke_token(
    state: web::Data<AppState>,
    basic: OptionalBasic,
    input: Input<RevokeToken>,
) -> Result<Success<RevokeToken>, ApiError> {
    let body = input.body;
    check_client(basic.0.as_ref(), body.client_id.as_deref(), body.client_secret.as_ref())?;
    if let Some(session) = state.sessions.session_of(body.token.expose()) {
        state.sessions.log_out(session).await?;
    }
    Ok(Success::new(RevokeTokenResponse {}))
}
