//! `POST /api/v1/captcha/feedback`: outcome after a pass.

use actix_web::web;
use contracts::NoContent;
use contracts::captcha::feedback::ReportOutcome;
use service_kit::server::authorization::ServiceCaller;
use service_kit::{ApiError, Input, Success};

use crate::state::AppState;

/// Records an outcome.
pub async fn report_outcome(
    state: web::Data<AppState>,
    _service: ServiceCaller,
    input: Input<ReportOutcome>,
) -> Result<Success<ReportOutcome>, ApiError> {
    state.passes.report_outcome(&input.body).await?;
    Ok(Success::new(NoContent {}))
}
