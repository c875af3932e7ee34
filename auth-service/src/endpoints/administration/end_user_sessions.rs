//! `POST /api/v1/users/{user_id}/end-sessions`: ends all sessions of an account.

use actix_web::web;
use contracts::NoContent;
use contracts::auth::administration::EndUserSessions;
use service_kit::{ApiError, Input, Success};

use crate::extract::OperatorCaller;
use crate::state::AppState;

/// Ends the sessions.
pub async fn end_user_sessions(
    state: web::Data<AppState>,
    operator: OperatorCaller,
    input: Input<EndUserSessions>,
) -> Result<Success<EndUserSessions>, ApiError> {
    let context = operator.context(("/reason", Some(&input.body.reason)), state.now())?;
    state.operators.end_sessions(input.path.user_id, &context).await?;
    Ok(Success::new(NoContent {}))
}
