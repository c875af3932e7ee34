//! `POST /oauth2/revoke`: ends the session of a token (RFC 7009).

use account_flows::PresentedToken;
use actix_web::web;
use contracts::auth::oauth::{RevokeToken, RevokeTokenResponse};
use contracts::codes;
use service_kit::server::authorization::OptionalBasic;
use service_kit::{ApiError, Input, SubjectLimits, Success};

use super::client::authenticate_or_own;
use crate::limits::REFRESHES;
use crate::state::AppState;

/// Revokes a token with its session. A token that is not valid has no session, which is a success (RFC 7009 §2.2).
pub async fn revoke_token(
    state: web::Data<AppState>,
    basic: OptionalBasic,
    limits: SubjectLimits,
    input: Input<RevokeToken>,
) -> Result<Success<RevokeToken>, ApiError> {
    let body = input.body;
    let client = authenticate_or_own(&state, basic.0.as_ref(), body.client_id.as_deref(), body.client_secret.as_ref())?;
    drop(limits.account(REFRESHES).await?);
    let is_own = match state.sessions.read_token(body.token.expose()) {
        Some(PresentedToken::OfSession(session)) => state.sessions.revoke(session, &client.id).await?,
        Some(PresentedToken::OfClient(owner)) if owner == client.id => {
            return Err(ApiError::new(codes::TOKEN_NOT_REVOCABLE));
        }
        Some(PresentedToken::OfClient(_)) => false,
        None => true,
    };
    if !is_own {
        return Err(ApiError::new(codes::TOKEN_OF_ANOTHER_CLIENT));
    }
    Ok(Success::new(RevokeTokenResponse {}))
}
