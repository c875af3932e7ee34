//! `POST /api/v1/captcha/feedback`: what became of somebody after a pass.

use actix_web::web;
use contracts::NoContent;
use contracts::captcha::feedback::TellOutcome;
use service_kit::{ApiError, Input, Success};

use crate::extract::ServiceCaller;
use crate::flows::feedback;
use crate::state::AppState;

/// Takes note of an outcome.
pub async fn tell_outcome(
    state: web::Data<AppState>,
    _service: ServiceCaller,
    input: Input<TellOutcome>,
) -> Result<Success<TellOutcome>, ApiError> {
    feedback::tell(&state, &input.body).await?;
    Ok(Success::new(NoContent {}))
}
