//! `GET /api/v1/users/{user_id}`: an account with all that belongs to it.

use actix_web::web;
use contracts::auth::administration::{GetUser, GetUserResponse};
use contracts::auth::sessions::Session;
use service_kit::{ApiError, Input, Success};

use super::convert::managed_user;
use crate::endpoints::convert::sign_in_place;
use crate::endpoints::social::social_account;
use crate::endpoints::users::{account_event, sign_in};
use crate::extract::OperatorCaller;
use crate::state::AppState;

/// Shows the account.
pub async fn get_user(
    state: web::Data<AppState>,
    operator: OperatorCaller,
    input: Input<GetUser>,
) -> Result<Success<GetUser>, ApiError> {
    let context = operator.context(("?reason", input.query.reason.as_ref()), state.now())?;
    let details = state.operators.get(input.path.user_id, &context).await?;
    let sessions = details.sessions.into_iter().map(|session| Session {
        id: session.id,
        device: session.device,
        created_at: session.created_at,
        last_used_at: session.last_used_at,
        current: session.id == operator.0.caller.session,
        place: sign_in_place(&session.location),
    });
    Ok(Success::new(GetUserResponse {
        user: managed_user(details.user, details.is_email_proved, details.roles),
        sessions: sessions.collect(),
        social_accounts: details.identities.into_iter().map(social_account).collect(),
        events: details.events.into_iter().map(account_event).collect(),
        sign_ins: details.sign_ins.into_iter().map(sign_in).collect(),
    }))
}
