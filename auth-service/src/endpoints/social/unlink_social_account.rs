//! `DELETE /api/v1/me/social-accounts/{social_account_id}`: unlinks an account at a provider.

use actix_web::web;
use contracts::auth::social::UnlinkSocialAccount;
use contracts::endpoint::NoContent;
use service_kit::{ApiError, Input, Success};

use crate::extract::{Caller, RequestClient};
use crate::state::AppState;

/// Unlinks the account, unless it is the only sign-in method. The session must be fresh.
pub async fn unlink_social_account(
    state: web::Data<AppState>,
    caller: Caller,
    client: RequestClient,
    input: Input<UnlinkSocialAccount>,
) -> Result<Success<UnlinkSocialAccount>, ApiError> {
    state.social.unlink(caller.user.id, caller.session, input.path.social_account_id, &client.0).await?;
    Ok(Success::new(NoContent {}))
}
