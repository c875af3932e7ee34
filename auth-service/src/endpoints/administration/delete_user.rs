//! `POST /api/v1/users/{user_id}/delete`: deletes an account.

use actix_web::web;
use contracts::NoContent;
use contracts::auth::administration::DeleteUser;
use service_kit::{ApiError, Input, Success};

use crate::extract::OperatorCaller;
use crate::state::AppState;
use account_flows::problems::from_operator_delete;

/// Deletes the account permanently.
pub async fn delete_user(
    state: web::Data<AppState>,
    operator: OperatorCaller,
    input: Input<DeleteUser>,
) -> Result<Success<DeleteUser>, ApiError> {
    let context = operator.context(("/reason", Some(&input.body.reason)), state.now())?;
    state.operators.delete(input.path.user_id, &context).await.map_err(from_operator_delete)?;
    Ok(Success::new(NoContent {}))
}
