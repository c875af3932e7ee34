//! `POST /api/v1/users/{user_id}/correct-birth-date`: sets or removes a birth date.

use actix_web::web;
use contracts::NoContent;
use contracts::auth::administration::CorrectBirthDate;
use service_kit::{ApiError, Input, Success};

use crate::extract::OperatorCaller;
use crate::state::AppState;

/// Corrects the birth date; idempotent.
pub async fn correct_birth_date(
    state: web::Data<AppState>,
    operator: OperatorCaller,
    input: Input<CorrectBirthDate>,
) -> Result<Success<CorrectBirthDate>, ApiError> {
    let context = operator.context(("/reason", Some(&input.body.reason)), state.now())?;
    state.operators.correct_birth_date(input.path.user_id, input.body.birth_date, &context).await?;
    Ok(Success::new(NoContent {}))
}
