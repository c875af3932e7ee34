//! `POST /siteverify`: the verdict on a pass.

use actix_web::web;
use contracts::captcha::siteverify::SiteVerify;
use service_kit::{ApiError, Input, Success};

use crate::flows::verify;
use crate::state::AppState;

/// Tells a service whether a pass is good, and uses it up.
pub async fn site_verify(
    state: web::Data<AppState>,
    input: Input<SiteVerify>,
) -> Result<Success<SiteVerify>, ApiError> {
    Ok(Success::new(verify::verify(&state, &input.body).await))
}
