//! `DELETE /api/v1/me`: deletes the caller's own account.

use actix_web::web;
use contracts::auth::users::DeleteMe;
use contracts::endpoint::NoContent;
use service_kit::{ApiError, Success};

use crate::extract::{Caller, RequestClient};
use crate::state::AppState;

/// Deletes the account permanently.
pub async fn delete_me(
    state: web::Data<AppState>,
    caller: Caller,
    client: RequestClient,
) -> Result<Success<DeleteMe>, ApiError> {
    state.accounts.delete(caller.user.id, caller.session, &client.0).await?;
    Ok(Success::new(NoContent {}))
}
