//! `POST /oauth2/introspect`: token introspection for services (RFC 7662). Needs no SQL.

use std::time::Duration;

use actix_web::web;
use contracts::auth::oauth::{Audience, Introspect, IntrospectResponse, Subject};
use contracts::codes;
use oauth_clients::Grant;
use service_kit::server::authorization::ServiceCaller;
use service_kit::{ApiError, Input, Success};
use token_verifier::{AccessClaims, TokenStatus};

use crate::state::AppState;

/// Introspects a token. Of an inactive one nothing else is returned.
pub async fn introspect(
    state: web::Data<AppState>,
    service: ServiceCaller,
    input: Input<Introspect>,
) -> Result<Success<Introspect>, ApiError> {
    let is_for = |aud: &Audience| state.clients.resources().may_introspect(&service.id, aud);
    match state.sessions.check_token(input.body.token.expose()) {
        // What is for others is none of the caller's business (RFC 7662 §4).
        Ok((claims, _)) if !is_for(&claims.aud) => Ok(Success::new(IntrospectResponse::default())),
        Ok((claims, TokenStatus::Active)) => {
            let permissions =
                state.roles.permissions_of(&claims.roles).map_err(|unread| unavailable().source(unread))?;
            Ok(Success::new(active(claims, permissions)))
        }
        Err(_) => {
            let found = of_client(&state, input.body.token.expose());
            Ok(Success::new(found.filter(|found| found.aud.as_ref().is_some_and(is_for)).unwrap_or_default()))
        }
        Ok((_, TokenStatus::Revoked)) => Ok(Success::new(IntrospectResponse::default())),
        Ok((_, TokenStatus::Unknown)) => Err(unavailable()),
    }
}

fn unavailable() -> ApiError {
    ApiError::new(codes::UNAVAILABLE).retry_after(Duration::from_secs(1))
}

/// The token of a client that is still known.
fn of_client(state: &AppState, token: &str) -> Option<IntrospectResponse> {
    let claims = state.sessions.check_client_token(token)?;
    state.clients.may_use(&claims.client_id, Grant::ClientCredentials).then_some(())?;
    Some(IntrospectResponse {
        active: true,
        sub: Some(Subject::Client(claims.sub)),
        client_id: Some(claims.client_id),
        aud: Some(claims.aud),
        exp: Some(claims.exp),
        iat: Some(claims.iat),
        iss: Some(claims.iss),
        jti: Some(claims.jti.to_string()),
        token_type: Some("Bearer".into()),
        ..IntrospectResponse::default()
    })
}

fn active(claims: AccessClaims, permissions: Vec<String>) -> IntrospectResponse {
    IntrospectResponse {
        active: true,
        sub: Some(Subject::User(claims.sub)),
        client_id: Some(claims.client_id),
        aud: Some(claims.aud),
        sid: Some(claims.sid),
        exp: Some(claims.exp),
        iat: Some(claims.iat),
        iss: Some(claims.iss),
        jti: Some(claims.jti.to_string()),
        token_type: Some("Bearer".into()),
        roles: Some(claims.roles),
        permissions: Some(permissions),
        age: claims.age,
        age_limit: claims.age_limit,
        region: claims.region,
        scope: claims.scope,
    }
}
