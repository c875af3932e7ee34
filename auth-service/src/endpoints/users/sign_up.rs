//! `POST /api/v1/users`: creates an account.

use actix_web::web;
use contracts::auth::users::{SignUp, SignUpRequest, SignUpResponse};
use service_kit::{ApiError, Input, RequestId, SubjectLimits, Success};

use crate::domain::Email;
use crate::endpoints::attempt::{Attempt, Screen};
use crate::endpoints::bot_filter::shown;
use crate::endpoints::convert::{display_name, profile};
use crate::extract::ClientPlace;
use crate::flows::{self, SignInContext};
use crate::state::AppState;

/// Creates an account without roles, after a captcha if required. Invalid fields are reported before the captcha, so
/// that no user solves one in vain; a taken e-mail only after it.
pub async fn sign_up(
    state: web::Data<AppState>,
    gate: SubjectLimits,
    place: ClientPlace,
    request_id: RequestId,
    input: Input<SignUp>,
) -> Result<Success<SignUp>, ApiError> {
    let mut body = input.body;
    let device = body.device.kind;
    let shown = shown(body.captcha_token.take(), body.captcha_device_token.take(), None)?;
    let wish = checked(body)?;
    flows::check_sign_up(&state, &wish)?;
    let (email, address, request_id) = (wish.email.clone(), place.0.address, request_id.as_str());
    let suspect = SignInContext { account: email.as_str(), device, address, shown: &shown, request_id };
    let attempt = Attempt { state: &state, gate: &gate, suspect, screen: Screen::SignUp };
    let user = attempt.run(async |lane| flows::sign_up(&state, lane, wish).await).await??;
    Ok(Success::new(SignUpResponse { user: profile(user, Vec::new()) }))
}

fn checked(body: SignUpRequest) -> Result<flows::SignUp, ApiError> {
    let email = Email::parse(&body.email).map_err(|reason| ApiError::field("/email", reason.to_string()))?;
    Ok(flows::SignUp {
        email,
        password: body.password,
        display_name: display_name("/display_name", &body.display_name)?,
        birth_date: body.birth_date,
        region: body.region,
        roles: Vec::new(),
        form: None,
    })
}
