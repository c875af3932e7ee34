//! `GET /oauth2/check`: the question of a reverse proxy before it passes a request on (nginx's `auth_request`, Caddy's
//! `forward_auth`, Envoy's external authorization). Needs no SQL.
//!
//! Only 200 lets a request pass. What cannot be checked is an error, so that a proxy that knows nothing else rejects it.

use account_flows::problems::token_invalid;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web;
use contracts::auth::oauth::{CheckRequest, CheckRequestResponse};
use contracts::codes;
use service_kit::{ApiError, Input, Success};
use token_verifier::AccessClaims;

use crate::extract::{AnyAudienceClaims, roles_not_read};
use crate::state::AppState;

/// Checks the token of the request against the requirements in the query.
pub async fn check_request(
    state: web::Data<AppState>,
    AnyAudienceClaims(claims): AnyAudienceClaims,
    input: Input<CheckRequest>,
) -> Result<Success<CheckRequest>, ApiError> {
    let required = input.query;
    // A proxy that names none protects something of this service's own.
    if !claims.aud.has(required.aud.as_deref().unwrap_or(state.clients.resources().own())) {
        return Err(token_invalid()); // RFC 9068 §4: as if it had been issued elsewhere
    }
    if let Some(role) = required.role
        && !claims.roles.contains(&role)
    {
        return Err(ApiError::new(codes::FORBIDDEN).detail(format!("this requires role {role}")));
    }
    if let Some(permission) = required.permission
        && state.roles.allow(&claims.roles, &permission).map_err(roles_not_read)? != Some(true)
    {
        return Err(ApiError::new(codes::FORBIDDEN).detail(format!("this requires permission {permission}")));
    }
    let body = CheckRequestResponse { user_id: claims.sub, session_id: claims.sid };
    let success = Success::new(body);
    identity(&claims).into_iter().try_fold(success, |success, (name, value)| {
        let value = HeaderValue::from_str(&value).map_err(ApiError::internal)?;
        Ok(success.header(HeaderName::from_static(name), value))
    })
}

/// Each header is always present: a proxy that copies an absent one leaves the client's own in its place.
fn identity(claims: &AccessClaims) -> [(&'static str, String); 4] {
    [
        ("x-marquee-user", claims.sub.to_string()),
        ("x-marquee-session", claims.sid.to_string()),
        ("x-marquee-roles", claims.roles.join(",")),
        ("x-marquee-age-limit", claims.age_limit.map(|limit| limit.to_string()).unwrap_or_default()),
    ]
}
