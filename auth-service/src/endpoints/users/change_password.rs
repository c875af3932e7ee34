//! `POST /api/v1/me/password`: changes the caller's password.

use actix_web::web;
use contracts::NoContent;
use contracts::auth::passwords::ChangePassword;
use service_kit::{ApiError, Gate, Input, Success};

use crate::domain::Email;
use crate::extract::{Caller, ClientVisit};
use crate::flows::{self, ChangePasswordError};
use crate::state::AppState;

/// Changes the password. Guessing the current one takes from the same budget as signing in, so that an access token is no
/// way around it; a right one gives back what it took.
pub async fn change_password(
    state: web::Data<AppState>,
    gate: Gate,
    caller: Caller,
    visit: ClientVisit,
    input: Input<ChangePassword>,
) -> Result<Success<ChangePassword>, ApiError> {
    let current = flows::find_current_user(&state.store, caller.user).await?.ok_or_else(Caller::gone)?;
    let email = current.user.email.as_ref().map_or("", Email::as_str);
    let guess = gate.account(email).await?;
    let (user, session, body) = (current.user.key, caller.session, input.body);
    let wish =
        flows::ChangePassword { user, session, visit: visit.0, current: body.current_password, new: body.new_password };
    let outcome = flows::change_password(&state, wish).await;
    if matches!(outcome, Ok(()) | Err(ChangePasswordError::PasswordTooCommon)) {
        guess.give_back().await;
    }
    outcome?;
    Ok(Success::new(NoContent {}))
}
