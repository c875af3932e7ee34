//! `POST /api/v1/captcha/assess`: risk of a request.

use actix_web::web;
use contracts::captcha::assess::{AssessRisk, AssessRiskResponse};
use service_kit::server::authorization::ServiceCaller;
use service_kit::{ApiError, Input, Success};

use crate::state::AppState;

/// Assesses a request for a service.
pub async fn assess_risk(
    state: web::Data<AppState>,
    _service: ServiceCaller,
    input: Input<AssessRisk>,
) -> Result<Success<AssessRisk>, ApiError> {
    let assessed = state.assessments.assess(&input.body).await?;
    Ok(Success::new(AssessRiskResponse {
        decision: assessed.decision,
        level: assessed.level,
        risk: assessed.risk.score,
        reasons: assessed.risk.reasons.into_iter().map(Into::into).collect(),
        assess_id: assessed.id,
        expires_in: assessed.ttl.as_millis().div_ceil(1000) as u64,
        degraded: assessed.degraded,
    }))
}
