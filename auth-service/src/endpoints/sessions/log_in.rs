//! `POST /api/v1/sessions`: signs in with e-mail and password.

use actix_web::web;
use contracts::auth::sessions::{LogIn, LogInResponse};
use service_kit::{ApiError, Gate, Input, RequestId, Success};

use crate::domain::Email;
use crate::endpoints::answers::{account_named, display_name, profile, tokens};
use crate::endpoints::suspects::{shown, tries};
use crate::extract::ClientPlace;
use crate::flows::{self, LogInError, Suspect};
use crate::state::AppState;

/// Opens a session, if need be after a captcha: asked for by what came with the request, whether there is such an account or
/// not. A right password is no guess, so it gives back what the attempt took from the account's limits.
pub async fn log_in(
    state: web::Data<AppState>,
    gate: Gate,
    place: ClientPlace,
    request_id: RequestId,
    input: Input<LogIn>,
) -> Result<Success<LogIn>, ApiError> {
    let mut body = input.body;
    body.device.name = display_name("/device/name", &body.device.name)?.into();
    let email = Email::parse(&body.email).ok();
    let shown = shown(body.captcha_token, body.captcha_device_token, body.known_device)?;
    let account = account_named(&body.email, email.as_ref());
    let guess = gate.account(&account).await?;
    let suspect = Suspect {
        account: &account,
        device: body.device.kind,
        address: place.0.address,
        shown: &shown,
        request_id: request_id.as_str(),
    };
    let admitted = match flows::screen_log_in(&state, &suspect, tries(guess.uses())).await {
        Ok(admitted) => admitted,
        Err(error) => {
            guess.give_back().await; // no password was tried
            return Err(error.into());
        }
    };
    let attempt = flows::LogIn { email, password: body.password, device: body.device, place: place.0 };
    let outcome = flows::log_in(&state, attempt).await;
    if let Err(LogInError::WrongCredentials) = &outcome {
        flows::note_wrong_password(&state, &suspect, admitted).await;
        return Err(LogInError::WrongCredentials.into());
    }
    let (current, pair) = outcome?;
    guess.give_back().await;
    let known_device = flows::note_signed_in(&state, &suspect, admitted);
    Ok(Success::new(LogInResponse { user: profile(current.user, current.roles), tokens: tokens(pair), known_device }))
}
