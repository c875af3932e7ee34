//! `PUT /api/v1/me/password`: the first password of an account that came from a provider.

use actix_web::web;
use contracts::auth::passwords::SetPassword;
use contracts::endpoint::NoContent;
use service_kit::{ApiError, Gate, Input, Success};

use crate::domain::Email;
use crate::extract::{Caller, ClientVisit};
use crate::flows;
use crate::state::AppState;

/// Sets the password. An address is counted like one of a sign-up: whether it is taken must not be found out in bulk.
pub async fn set_password(
    state: web::Data<AppState>,
    caller: Caller,
    gate: Gate,
    visit: ClientVisit,
    input: Input<SetPassword>,
) -> Result<Success<SetPassword>, ApiError> {
    let parsed = input.body.email.as_deref().map(Email::parse).transpose();
    let email = parsed.map_err(|reason| ApiError::field("/email", reason.to_string()))?;
    if let Some(email) = &email {
        drop(gate.account(email.as_str()).await?);
    }
    flows::set_password(&state, caller.user.id, input.body.password, email, &visit.0).await?;
    Ok(Success::new(NoContent {}))
}
