//! `POST /api/v1/users/{user_id}/free-email`: removes the e-mail from an account.

use actix_web::web;
use contracts::NoContent;
use contracts::auth::administration::FreeEmail;
use service_kit::{ApiError, Input, Success};

use crate::extract::OperatorCaller;
use crate::state::AppState;

/// Frees the e-mail.
pub async fn free_email(
    state: web::Data<AppState>,
    operator: OperatorCaller,
    input: Input<FreeEmail>,
) -> Result<Success<FreeEmail>, ApiError> {
    let context = operator.context(("/reason", Some(&input.body.reason)), state.now())?;
    state.operators.free_email(input.path.user_id, &context).await?;
    Ok(Success::new(NoContent {}))
}
