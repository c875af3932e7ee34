//! `POST /api/v1/users/{user_id}/prove-email`: marks the e-mail of an account as proved.

use actix_web::web;
use contracts::NoContent;
use contracts::auth::administration::ProveEmail;
use service_kit::{ApiError, Input, Success};

use crate::extract::OperatorCaller;
use crate::state::AppState;

/// Proves the e-mail; idempotent.
pub async fn prove_email(
    state: web::Data<AppState>,
    operator: OperatorCaller,
    input: Input<ProveEmail>,
) -> Result<Success<ProveEmail>, ApiError> {
    let context = operator.context(("/reason", Some(&input.body.reason)), state.now())?;
    state.operators.prove_email(input.path.user_id, &context).await?;
    Ok(Success::new(NoContent {}))
}
