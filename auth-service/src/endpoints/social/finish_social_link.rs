//! `POST /api/v1/me/social-accounts/{provider}/finish`: links the account of a provider's callback.

use actix_web::web;
use contracts::auth::social::{FinishSocialLink, FinishSocialLinkResponse};
use service_kit::{ApiError, Input, Success};

use super::convert::{account, callback_input, provider};
use crate::extract::{Caller, RequestClient};
use crate::state::AppState;

/// Links the account; the session must be that of the start.
pub async fn finish_social_link(
    state: web::Data<AppState>,
    caller: Caller,
    client: RequestClient,
    input: Input<FinishSocialLink>,
) -> Result<Success<FinishSocialLink>, ApiError> {
    let callback = callback_input(provider(&input.path.provider)?, input.body.ticket, input.body.callback);
    let identity = state.social.finish_link(caller.user.id, caller.session, callback, &client.0).await?;
    Ok(Success::new(FinishSocialLinkResponse { social_account: account(identity) }))
}
