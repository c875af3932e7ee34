//! `GET /api/v1/me`: the caller's own account.

use actix_web::web;
use contracts::auth::users::{GetMe, GetMeResponse};
use service_kit::{ApiError, Input, Success};

use crate::endpoints::convert::profile;
use crate::extract::Caller;
use crate::state::AppState;
use accounts::{flows, problems};

/// Returns the account as it is now, not as the token has it.
pub async fn get_me(
    state: web::Data<AppState>,
    caller: Caller,
    _input: Input<GetMe>,
) -> Result<Success<GetMe>, ApiError> {
    let current = flows::find_current_user(&state.store, caller.user).await?.ok_or_else(problems::token_invalid)?;
    Ok(Success::new(GetMeResponse { user: profile(current.user, current.roles) }))
}
