//! `POST /api/v1/users/{user_id}/enable`: enables a disabled account.

use actix_web::web;
use contracts::NoContent;
use contracts::auth::administration::EnableUser;
use service_kit::{ApiError, Input, Success};

use crate::extract::OperatorCaller;
use crate::state::AppState;

/// Enables the account; idempotent.
pub async fn enable_user(
    state: web::Data<AppState>,
    operator: OperatorCaller,
    input: Input<EnableUser>,
) -> Result<Success<EnableUser>, ApiError> {
    let context = operator.context(("/reason", Some(&input.body.reason)), state.now())?;
    state.operators.enable(input.path.user_id, &context).await?;
    Ok(Success::new(NoContent {}))
}
