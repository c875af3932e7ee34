//! `DELETE /api/v1/sessions/{session_id}`: ends one of the caller's sessions.

use actix_web::web;
use contracts::NoContent;
use contracts::auth::sessions::EndSession;
use service_kit::{ApiError, Input, Success};

use crate::extract::Caller;
use crate::state::AppState;

/// Ends the session; idempotent.
pub async fn end_session(
    state: web::Data<AppState>,
    caller: Caller,
    input: Input<EndSession>,
) -> Result<Success<EndSession>, ApiError> {
    state.sessions.end(caller.user.id, input.path.session_id).await?;
    Ok(Success::new(NoContent {}))
}
