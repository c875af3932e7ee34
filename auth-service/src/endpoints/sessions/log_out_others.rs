//! `DELETE /api/v1/sessions/others`: ends all of the caller's sessions but the current one.

use actix_web::web;
use contracts::NoContent;
use contracts::auth::sessions::LogOutOthers;
use service_kit::{ApiError, Input, Success};

use crate::extract::Caller;
use crate::state::AppState;

/// Ends the other sessions.
pub async fn log_out_others(
    state: web::Data<AppState>,
    caller: Caller,
    _input: Input<LogOutOthers>,
) -> Result<Success<LogOutOthers>, ApiError> {
    state.sessions.log_out_others(caller.user.id, caller.session).await?;
    Ok(Success::new(NoContent {}))
}
