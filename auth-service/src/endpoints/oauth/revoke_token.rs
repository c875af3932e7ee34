//! `POST /oauth2/revoke`: ends the session of a token (RFC 7009).

use account_flows::PresentedToken;
use actix_web::web;
use contracts::auth::oauth::{RevokeToken, RevokeTokenResponse};
use contracts::codes;
use oauth_clients::Client;
use service_kit::server::authorization::OptionalBasic;
use service_kit::{ApiError, Input, Success};
use token_verifier::CLIENT_ID;

use super::client::authenticate;
use crate::state::AppState;

/// Revokes a token with its session. A token that is not valid has no session, which is a success (RFC 7009 §2.2).
pub async fn revoke_token(
    state: web::Data<AppState>,
    basic: OptionalBasic,
    input: Input<RevokeToken>,
) -> Result<Success<RevokeToken>, ApiError> {
    let body = input.body;
    let client = authenticate(&state, basic.0.as_ref(), body.client_id.as_deref(), body.client_secret.as_ref())?;
    match state.sessions.read_token(body.token.expose()) {
        Some(PresentedToken::OfSession(session)) => {
            check_owner(client, CLIENT_ID)?;
            state.sessions.log_out(session).await?;
        }
        Some(PresentedToken::OfClient(owner)) => {
            check_owner(client, &owner)?;
            return Err(ApiError::new(codes::TOKEN_NOT_REVOCABLE));
        }
        None => {}
    }
    Ok(Success::new(RevokeTokenResponse {}))
}

fn check_owner(client: &Client, owner: &str) -> Result<(), ApiError> {
    if client.id == owner { Ok(()) } else { Err(ApiError::new(codes::TOKEN_OF_ANOTHER_CLIENT)) }
}
