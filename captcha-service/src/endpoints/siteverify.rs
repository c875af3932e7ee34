//! `POST /siteverify` and `GET /siteverify`: the verdict on a pass.

use actix_web::web;
use contracts::captcha::siteverify::{SiteVerify, SiteVerifyByQuery};
use service_kit::{ApiError, Input, Success};

use crate::flows::verify;
use crate::state::AppState;

/// Tells a service whether a pass is good, and uses it up. Fields may stand in the body or in the query.
pub async fn site_verify(
    state: web::Data<AppState>,
    input: Input<SiteVerify>,
) -> Result<Success<SiteVerify>, ApiError> {
    Ok(Success::new(verify::verify(&state, &input.body.or(input.query)).await))
}

/// The same for clients that can only GET.
pub async fn site_verify_by_query(
    state: web::Data<AppState>,
    input: Input<SiteVerifyByQuery>,
) -> Result<Success<SiteVerifyByQuery>, ApiError> {
    Ok(Success::new(verify::verify(&state, &input.query).await))
}
