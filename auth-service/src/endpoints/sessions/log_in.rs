//! `POST /api/v1/sessions`: signs in with e-mail and password.

use actix_web::web;
use contracts::auth::sessions::{LogIn, LogInResponse};
use service_kit::{ApiError, Gate, Input, Success};

use crate::domain::Email;
use crate::endpoints::answers::{account_named, printable, profile, tokens};
use crate::extract::ClientPlace;
use crate::flows;
use crate::state::AppState;

/// Opens a session. A right password is no guess, so it gives back what the attempt took from the account's limits.
pub async fn log_in(
    state: web::Data<AppState>,
    gate: Gate,
    place: ClientPlace,
    input: Input<LogIn>,
) -> Result<Success<LogIn>, ApiError> {
    let mut body = input.body;
    printable("/device/name", &body.device.name)?;
    body.device.name = body.device.name.trim().to_owned();
    let email = Email::parse(&body.email).ok();
    let guess = gate.account(&account_named(&body.email, email.as_ref())).await?;
    let attempt = flows::LogIn { email, password: body.password, device: body.device, place: place.0 };
    let (current, pair) = flows::log_in(&state, attempt).await?;
    guess.give_back().await;
    Ok(Success::new(LogInResponse { user: profile(current.user, current.roles), tokens: tokens(pair) }))
}
