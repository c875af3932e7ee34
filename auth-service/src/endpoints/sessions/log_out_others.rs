//! `DELETE /api/v1/sessions/others`: ends all of the caller's sessions but the current one.

use actix_web::web;
use contracts::NoContent;
use contracts::auth::sessions::LogOutOthers;
use service_kit::{ApiError, Input, Success};

use crate::extract::{Caller, RequestClient};
use crate::state::AppState;

/// Ends the other sessions; in a fresh session unlinks the social accounts, too, if the query says so.
pub async fn log_out_others(
    state: web::Data<AppState>,
    caller: Caller,
    client: RequestClient,
    input: Input<LogOutOthers>,
) -> Result<Success<LogOutOthers>, ApiError> {
    let unlink = input.query.unlink_social_accounts;
    let request = account_flows::LogOutOthers { user: caller.user.id, keep: caller.session, unlink };
    state.accounts.log_out_others(request, &client.0).await?;
    Ok(Success::new(NoContent {}))
}
