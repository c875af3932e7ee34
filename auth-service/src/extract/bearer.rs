//! The access token of a request.

use std::time::Duration;

use account_flows::problems::token_invalid;
use actix_web::{HttpRequest, web};
use contracts::codes;
use service_kit::ApiError;
use service_kit::server::authorization::{InvalidBearer, bearer_token};
use token_verifier::{AccessClaims, TokenStatus};

use crate::state::AppState;

/// Challenge for requests without a token (RFC 6750 §3).
const NO_TOKEN: &str = "Bearer realm=\"marquee\"";

/// Shared state of this service.
pub(super) fn state(request: &HttpRequest) -> Result<&web::Data<AppState>, ApiError> {
    request.app_data().ok_or_else(|| ApiError::internal("the routes were mounted without their state"))
}

/// Claims of a token for this service with a valid signature that has not expired, and its status.
pub(super) fn claims(request: &HttpRequest) -> Result<(AccessClaims, TokenStatus), ApiError> {
    let (claims, status) = claims_for_any(request)?;
    // RFC 9068 §4: one for other resources alone is as good as none.
    if claims.aud.has(state(request)?.clients.resources().own()) { Ok((claims, status)) } else { Err(token_invalid()) }
}

/// The same of a token for any resource of this installation.
fn claims_for_any(request: &HttpRequest) -> Result<(AccessClaims, TokenStatus), ApiError> {
    let state = state(request)?;
    let token = match bearer_token(request) {
        Ok(Some(token)) => token,
        Ok(None) | Err(InvalidBearer::OtherScheme) => {
            return Err(ApiError::new(codes::TOKEN_MISSING).challenge(NO_TOKEN));
        }
        Err(InvalidBearer::Malformed) => return Err(token_invalid()),
    };
    state.sessions.check_token(token).map_err(|_| token_invalid())
}

/// Claims of an active token for this service.
pub(super) fn active_claims(request: &HttpRequest) -> Result<AccessClaims, ApiError> {
    active(claims(request)?)
}

/// Claims of an active token for any resource of this installation.
pub(super) fn active_claims_for_any(request: &HttpRequest) -> Result<AccessClaims, ApiError> {
    active(claims_for_any(request)?)
}

fn active(found: (AccessClaims, TokenStatus)) -> Result<AccessClaims, ApiError> {
    match found {
        (claims, TokenStatus::Active) => Ok(claims),
        (_, TokenStatus::Revoked) => Err(token_invalid()),
        (_, TokenStatus::Unknown) => Err(ApiError::new(codes::AUTH_UNAVAILABLE).retry_after(Duration::from_secs(1))),
    }
}
