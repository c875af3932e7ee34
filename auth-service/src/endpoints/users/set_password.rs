//! `PUT /api/v1/me/password`: sets the first password of an account that was created by social sign-in.

use actix_web::web;
use bot_filter::SignInContext;
use contracts::auth::passwords::SetPassword;
use contracts::endpoint::NoContent;
use service_kit::{ApiError, Input, RequestId, Success};

use crate::endpoints::bot_filter::captcha_proof;
use crate::endpoints::convert::{new_email, new_password};
use crate::extract::{AttemptLimits, Caller, RequestClient};
use crate::state::AppState;
use account_flows::{FirstLogin, PasswordAttempt, Screen};

/// Sets the password. For an e-mail that the account does not have, the response reveals whether another account has
/// it: it takes from the budgets of sign-ups and is screened like one.
pub async fn set_password(
    state: web::Data<AppState>,
    caller: Caller,
    limits: AttemptLimits,
    client: RequestClient,
    request_id: RequestId,
    input: Input<SetPassword>,
) -> Result<Success<SetPassword>, ApiError> {
    let body = input.body;
    let email = body.email.as_deref().map(|text| new_email(state.emails, "/email", text)).transpose()?;
    let proof = captcha_proof(body.captcha_token, body.captcha_device_token, None)?;
    let (id, password) = (caller.user.id, new_password("/password", body.password)?);
    let login = state.passwords.check_first(id, caller.session, &password, email).await?;
    let (account, screen) = match &login {
        FirstLogin::New(email) => (email.as_str().to_owned(), Screen::SignUp),
        FirstLogin::Own(_) => (id.to_string(), Screen::SignedIn),
    };
    let (address, request_id) = (client.0.location.address, request_id.as_str());
    let context = SignInContext { account: &account, device: body.device.kind, address, proof: &proof, request_id };
    let attempt = PasswordAttempt { context, screen };
    state
        .attempts
        .run(attempt, &limits, async |lane| state.passwords.set_first(lane, id, password, login, &client.0).await)
        .await??;
    Ok(Success::new(NoContent {}))
}
