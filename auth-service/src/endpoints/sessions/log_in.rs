//! `POST /api/v1/sessions`: signs in with e-mail and password.

use actix_web::web;
use contracts::auth::sessions::{LogIn, LogInResponse};
use service_kit::{ApiError, Input, Success};

use crate::domain::Email;
use crate::endpoints::answers::{printable, profile, tokens};
use crate::flows;
use crate::state::AppState;

/// Opens a session.
pub async fn log_in(state: web::Data<AppState>, input: Input<LogIn>) -> Result<Success<LogIn>, ApiError> {
    let mut body = input.body;
    printable("/device/name", &body.device.name)?;
    body.device.name = body.device.name.trim().to_owned();
    let email = Email::parse(&body.email).ok();
    let attempt = flows::LogIn { email, password: body.password, device: body.device };
    let (current, pair) = flows::log_in(&state, attempt).await?;
    Ok(Success::new(LogInResponse { user: profile(current.user, current.roles), tokens: tokens(pair) }))
}
