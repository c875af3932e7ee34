//! `POST /api/v1/users/{user_id}/disable`: disables an account.

use actix_web::web;
use contracts::NoContent;
use contracts::auth::administration::DisableUser;
use service_kit::{ApiError, Input, Success};

use crate::extract::OperatorCaller;
use crate::state::AppState;

/// Disables the account; idempotent.
pub async fn disable_user(
    state: web::Data<AppState>,
    operator: OperatorCaller,
    input: Input<DisableUser>,
) -> Result<Success<DisableUser>, ApiError> {
    let context = operator.context(("/reason", Some(&input.body.reason)), state.now())?;
    state.operators.disable(input.path.user_id, &context).await?;
    Ok(Success::new(NoContent {}))
}
