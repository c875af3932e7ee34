//! `PUT /api/v1/me/email`: asks to change the caller's e-mail.

use account_flows::{PasswordAttempt, Screen};
use actix_web::web;
use bot_filter::{CaptchaProof, SignInContext};
use contracts::auth::addresses::ChangeEmail;
use service_kit::{ApiError, Input, RequestId, Success};

use super::codes::requested;
use crate::endpoints::convert::{new_email, password};
use crate::extract::{AttemptLimits, Caller, RequestClient};
use crate::state::AppState;

/// Sends codes to both mailboxes. Guesses of the password take from the same budgets as sign-ins.
pub async fn change_email(
    state: web::Data<AppState>,
    limits: AttemptLimits,
    caller: Caller,
    client: RequestClient,
    request_id: RequestId,
    input: Input<ChangeEmail>,
) -> Result<Success<ChangeEmail>, ApiError> {
    let to = new_email(state.emails, "/email", &input.body.email)?;
    let given = input.body.password.map(|text| password("/password", text)).transpose()?;
    let who = (caller.user.id, caller.session);
    let Some(given) = given else {
        state.addresses.request_change(who, &to, None, &client.0).await?;
        return Ok(Success::new(requested()));
    };
    let account = state.passwords.find_password_account(caller.user).await?;
    let proof = CaptchaProof::default();
    let (key, address) = (&account.account_key, client.0.location.address);
    let context = SignInContext::without_device(key, address, &proof, request_id.as_str());
    let attempt = PasswordAttempt { context, screen: Screen::SignedIn };
    state
        .attempts
        .run(attempt, &limits, async |lane| {
            state.addresses.request_change(who, &to, Some((lane, given)), &client.0).await
        })
        .await??;
    Ok(Success::new(requested()))
}
