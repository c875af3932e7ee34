//! `POST /api/v1/users/{user_id}/unlock`: refills the budgets of guesses at an account.

use actix_web::web;
use contracts::NoContent;
use contracts::auth::administration::UnlockUser;
use service_kit::{ApiError, Input, Success};

use crate::extract::OperatorCaller;
use crate::state::AppState;

/// Refills the budgets.
pub async fn unlock_user(
    state: web::Data<AppState>,
    operator: OperatorCaller,
    input: Input<UnlockUser>,
) -> Result<Success<UnlockUser>, ApiError> {
    let context = operator.context(("/reason", Some(&input.body.reason)), state.now())?;
    state.operators.unlock(input.path.user_id, &context).await?;
    Ok(Success::new(NoContent {}))
}
