//! `POST /api/v1/users`: creates an account.

use actix_web::web;
use contracts::auth::users::{SignUp, SignUpRequest, SignUpResponse};
use service_kit::{ApiError, Gate, Input, Success};

use crate::domain::Email;
use crate::endpoints::answers::{printable, profile};
use crate::flows;
use crate::state::AppState;

/// Creates an account without roles.
pub async fn sign_up(
    state: web::Data<AppState>,
    gate: Gate,
    input: Input<SignUp>,
) -> Result<Success<SignUp>, ApiError> {
    let wish = checked(input.body)?;
    drop(gate.account(wish.email.as_str()).await?);
    let user = flows::sign_up(&state, wish).await?;
    Ok(Success::new(SignUpResponse { user: profile(user, Vec::new()) }))
}

fn checked(body: SignUpRequest) -> Result<flows::SignUp, ApiError> {
    let email = Email::parse(&body.email).map_err(|reason| ApiError::field("/email", reason.to_string()))?;
    printable("/display_name", &body.display_name)?;
    Ok(flows::SignUp {
        email,
        password: body.password,
        display_name: body.display_name.trim().to_owned(),
        birth_date: body.birth_date,
        region: body.region,
        roles: Vec::new(),
    })
}
