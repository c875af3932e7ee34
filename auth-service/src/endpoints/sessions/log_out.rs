//! `DELETE /api/v1/sessions/current`: ends the caller's session.

use actix_web::web;
use contracts::NoContent;
use contracts::auth::sessions::LogOut;
use service_kit::{ApiError, Input, Success};

use crate::extract::LogOutCaller;
use crate::state::AppState;

/// Ends the session of the access token; idempotent.
pub async fn log_out(
    state: web::Data<AppState>,
    caller: LogOutCaller,
    _input: Input<LogOut>,
) -> Result<Success<LogOut>, ApiError> {
    state.sessions.log_out(caller.0.session).await?;
    Ok(Success::new(NoContent {}))
}
