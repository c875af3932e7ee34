//! `DELETE /api/v1/me/email/change`: cancels the pending change of the caller's e-mail.

use actix_web::web;
use contracts::NoContent;
use contracts::auth::addresses::CancelEmailChange;
use service_kit::{ApiError, Success};

use crate::extract::Caller;
use crate::state::AppState;

/// Cancels the change; idempotent.
pub async fn cancel_email_change(
    state: web::Data<AppState>,
    caller: Caller,
) -> Result<Success<CancelEmailChange>, ApiError> {
    state.addresses.cancel_change(caller.user.id).await?;
    Ok(Success::new(NoContent {}))
}
