//! `POST /api/v1/sessions`: signs in with e-mail and password.

use actix_web::web;
use bot_filter::SignInContext;
use contracts::auth::sessions::{LogIn, LogInResponse};
use service_kit::{ApiError, Input, RequestId, Success};

use crate::endpoints::bot_filter::captcha_proof;
use crate::endpoints::convert::{display_name, password, profile, tokens};
use crate::extract::{AttemptLimits, RequestLocation};
use crate::state::AppState;
use account_flows::{PasswordAttempt, Screen};
use accounts::PresentedLogin;

/// Opens a session, after a captcha if the risk requires one. The risk depends on the request alone, so a captcha
/// reveals nothing of the account. Only a wrong password takes from the account's limits.
pub async fn log_in(
    state: web::Data<AppState>,
    limits: AttemptLimits,
    location: RequestLocation,
    request_id: RequestId,
    input: Input<LogIn>,
) -> Result<Success<LogIn>, ApiError> {
    let mut body = input.body;
    body.device.name = display_name("/device/name", &body.device.name)?.into();
    let login = PresentedLogin::parse(&body.email);
    let proof = captcha_proof(body.captcha_token, body.captcha_device_token, body.known_device)?;
    let account = login.account_key().to_owned();
    let context = SignInContext {
        account: &account,
        device: body.device.kind,
        address: location.0.address,
        proof: &proof,
        request_id: request_id.as_str(),
    };
    let password = password("/password", body.password)?;
    let log_in = account_flows::LogIn { login, password, device: body.device, location: location.0 };
    let attempt = PasswordAttempt { context, screen: Screen::LogIn };
    let outcome = state.attempts.run(attempt, &limits, async |lane| state.passwords.log_in(lane, log_in).await).await?;
    let (current, pair) = outcome?;
    let known_device = state.known_devices.issue(&account, current.user.key.id, current.token_version);
    Ok(Success::new(LogInResponse { user: profile(current.user, current.roles), tokens: tokens(pair), known_device }))
}
