//! `POST /api/v1/sessions`: signs in with e-mail and password.

use actix_web::web;
use contracts::auth::sessions::{LogIn, LogInResponse};
use service_kit::{ApiError, Input, RequestId, SubjectLimits, Success};

use crate::domain::Email;
use crate::endpoints::attempt::{Attempt, Screen};
use crate::endpoints::bot_filter::shown;
use crate::endpoints::convert::{account_named, display_name, profile, tokens};
use crate::extract::ClientPlace;
use crate::flows::{self, SignInContext};
use crate::state::AppState;

/// Opens a session, after a captcha if the risk requires one. The risk depends on the request alone, so a captcha
/// reveals nothing of the account. Only a wrong password takes from the account's limits.
pub async fn log_in(
    state: web::Data<AppState>,
    gate: SubjectLimits,
    place: ClientPlace,
    request_id: RequestId,
    input: Input<LogIn>,
) -> Result<Success<LogIn>, ApiError> {
    let mut body = input.body;
    body.device.name = display_name("/device/name", &body.device.name)?.into();
    let email = Email::parse(&body.email).ok();
    let shown = shown(body.captcha_token, body.captcha_device_token, body.known_device)?;
    let account = account_named(&body.email, email.as_ref());
    let suspect = SignInContext {
        account: &account,
        device: body.device.kind,
        address: place.0.address,
        shown: &shown,
        request_id: request_id.as_str(),
    };
    let wish = flows::LogIn { email, password: body.password, device: body.device, place: place.0 };
    let attempt = Attempt { state: &state, gate: &gate, suspect, screen: Screen::LogIn };
    let outcome = attempt.run(async |lane| flows::log_in(&state, lane, wish).await).await?;
    let (current, pair) = outcome?;
    let known_device = state.known_devices.issue(&account, current.user.key.id, current.token_version, state.now());
    Ok(Success::new(LogInResponse { user: profile(current.user, current.roles), tokens: tokens(pair), known_device }))
}
