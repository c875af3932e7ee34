//! `GET /api/v1/me`: the caller's own account.

use actix_web::web;
use contracts::auth::users::{EmailChange, GetMe, GetMeResponse};
use service_kit::{ApiError, Input, Success};

use crate::endpoints::convert::profile;
use crate::extract::Caller;
use crate::state::AppState;
use account_flows::{find_current_user, problems};

/// Returns the account as it is now, not as the token has it.
pub async fn get_me(
    state: web::Data<AppState>,
    caller: Caller,
    _input: Input<GetMe>,
) -> Result<Success<GetMe>, ApiError> {
    let current = find_current_user(&state.store, caller.user).await?.ok_or_else(problems::token_invalid)?;
    let login = match &current.user.email {
        Some(email) => state.store.find_login(email).await?,
        None => None,
    };
    let pending = state.addresses.pending_change(caller.user.id).await?;
    Ok(Success::new(GetMeResponse {
        email_proved: login.is_some_and(|login| login.user.id == caller.user.id && !login.is_claim()),
        email_change: pending
            .map(|change| EmailChange { email: change.to.as_str().to_owned(), effective_at: change.due_at }),
        user: profile(current.user, current.roles),
    }))
}
