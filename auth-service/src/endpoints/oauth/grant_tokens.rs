//! `POST /oauth2/token`: tokens for a grant of an OAuth client (RFC 6749 §3.2). The rules of sessions are those of
//! `refresh_session`.

use actix_web::{HttpRequest, web};
use contracts::auth::oauth::{GrantTokens, GrantTokensRequest, GrantTokensResponse};
use contracts::{Secret, codes};
use oauth_clients::{Client, Grant};
use service_kit::server::authorization::OptionalBasic;
use service_kit::{ApiError, Input, SubjectLimits, Success};
use token_verifier::AUDIENCE;

use super::client::authenticate;
use crate::endpoints::convert::{client_token, tokens};
use crate::extract::RequestClient;
use crate::state::AppState;

/// Grants tokens.
pub async fn grant_tokens(
    state: web::Data<AppState>,
    request: HttpRequest,
    basic: OptionalBasic,
    context: RequestClient,
    input: Input<GrantTokens>,
) -> Result<Success<GrantTokens>, ApiError> {
    let body = input.body;
    let client = authenticate(&state, basic.0.as_ref(), body.client_id.as_deref(), body.client_secret.as_ref())?;
    let grant = Grant::parse(&body.grant_type).ok_or_else(|| ApiError::new(codes::GRANT_UNSUPPORTED))?;
    if !client.may_use(grant) {
        return Err(ApiError::new(codes::GRANT_NOT_ALLOWED));
    }
    check_target(&body)?;
    let granted = match grant {
        Grant::RefreshToken => refresh(&state, &client, body.refresh_token, &context).await?,
        Grant::ClientCredentials => {
            drop(SubjectLimits::of(&request).client(&client.id).await?);
            client_token(state.sessions.grant_client_token(&client.id)?)
        }
    };
    Ok(Success::new(granted))
}

async fn refresh(
    state: &AppState,
    client: &Client,
    refresh_token: Option<Secret>,
    context: &RequestClient,
) -> Result<GrantTokensResponse, ApiError> {
    let missing = || ApiError::new(codes::BAD_REQUEST).detail("refresh_token is missing");
    let refresh_token = refresh_token.ok_or_else(missing)?;
    let pair = tokens(state.sessions.refresh(refresh_token.expose(), &client.id, &context.0).await?);
    Ok(GrantTokensResponse {
        access_token: pair.access_token,
        token_type: pair.token_type,
        expires_in: pair.expires_in,
        refresh_token: Some(pair.refresh_token),
        refresh_expires_in: Some(pair.refresh_expires_in),
        session_id: Some(pair.session_id),
    })
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
