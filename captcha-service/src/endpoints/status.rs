//! `GET /api/v1/captcha/status`: storage and degradation of this server.

use actix_web::web;
use contracts::captcha::status::{GetCaptchaStatus, GetCaptchaStatusResponse, StoreStatus};
use contracts::status::{Health, LimitsStatus};
use service_kit::{ApiError, Input, Success};

use crate::state::AppState;

/// Reports whether challenges and limits are shared as configured. Reads memory only.
pub async fn get_captcha_status(
    state: web::Data<AppState>,
    _input: Input<GetCaptchaStatus>,
) -> Result<Success<GetCaptchaStatus>, ApiError> {
    let health = |degraded: bool| if degraded { Health::Warn } else { Health::Pass };
    let degraded = state.repository.is_degraded();
    let store = StoreStatus { status: health(degraded), shared: state.repository.is_shared(), degraded };
    let degraded = state.limits.is_degraded();
    let limits = LimitsStatus { status: health(degraded), shared: state.limits.is_shared(), degraded };
    let status = store.status.max(limits.status);
    Ok(Success::new(GetCaptchaStatusResponse { status, version: env!("CARGO_PKG_VERSION").into(), store, limits }))
}
