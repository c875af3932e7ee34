//! `POST /siteverify` and `GET /siteverify`: the verdict on a pass.

use actix_web::{HttpRequest, web};
use contracts::captcha::siteverify::{ErrorCode, SiteVerify, SiteVerifyByQuery};
use service_kit::client::breaker::probe;
use service_kit::{ApiError, Input, Success};

use crate::state::AppState;

/// Verifies a pass and uses it up. Fields may be in the body or in the query.
pub async fn site_verify(
    state: web::Data<AppState>,
    request: HttpRequest,
    input: Input<SiteVerify>,
) -> Result<Success<SiteVerify>, ApiError> {
    let verdict = state.passes.verify(&input.body.or(input.query)).await;
    // Only requests with a valid site secret get this error.
    if verdict.error_codes.contains(&ErrorCode::MissingInputResponse) {
        probe::recognize(&request);
    }
    Ok(Success::new(verdict))
}

/// Variant for clients that can only GET.
pub async fn site_verify_by_query(
    state: web::Data<AppState>,
    input: Input<SiteVerifyByQuery>,
) -> Result<Success<SiteVerifyByQuery>, ApiError> {
    Ok(Success::new(state.passes.verify(&input.query).await))
}
