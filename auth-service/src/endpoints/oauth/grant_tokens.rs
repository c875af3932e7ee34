//! `POST /oauth2/token`: tokens for a grant of an OAuth client (RFC 6749 §3.2). The rules of sessions are those of
//! `refresh_session`.

use actix_web::web;
use contracts::auth::oauth::{GrantTokens, GrantTokensRequest, GrantTokensResponse};
use contracts::codes;
use service_kit::server::authorization::OptionalBasic;
use service_kit::{ApiError, Input, Success};
use token_verifier::AUDIENCE;

use super::client::check_client;
use crate::endpoints::convert::tokens;
use crate::extract::RequestClient;
use crate::state::AppState;

/// The grant of a refresh token (RFC 6749 §6).
pub(super) const REFRESH_TOKEN: &str = "refresh_token";

/// Grants tokens.
pub async fn grant_tokens(
    state: web::Data<AppState>,
    basic: OptionalBasic,
    client: RequestClient,
    input: Input<GrantTokens>,
) -> Result<Success<GrantTokens>, ApiError> {
    let body = input.body;
    check_client(basic.0.as_ref(), body.client_id.as_deref(), body.client_secret.as_ref())?;
    if body.grant_type != REFRESH_TOKEN {
        return Err(ApiError::new(codes::GRANT_UNSUPPORTED));
    }
    check_target(&body)?;
    let missing = || ApiError::new(codes::BAD_REQUEST).detail("refresh_token is missing");
    let refresh_token = body.refresh_token.ok_or_else(missing)?;
    let pair = tokens(state.sessions.refresh(refresh_token.expose(), &client.0).await?);
    Ok(Success::new(GrantTokensResponse {
        access_token: pair.access_token,
        token_type: pair.token_type,
        expires_in: pair.expires_in,
        refresh_token: Some(pair.refresh_token),
        refresh_expires_in: Some(pair.refresh_expires_in),
        session_id: Some(pair.session_id),
    }))
}

/// Sessions have no scope, and one audience.
fn check_target(body: &GrantTokensRequest) -> Result<(), ApiError> {
    if body.scope.is_some() {
        return Err(ApiError::new(codes::SCOPE_INVALID));
    }
    match body.resource.as_deref() {
        None | Some(AUDIENCE) => Ok(()),
        Some(_) => Err(ApiError::new(codes::RESOURCE_INVALID)),
    }
}
