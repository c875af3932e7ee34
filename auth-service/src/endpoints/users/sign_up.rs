//! `POST /api/v1/users`: creates an account.

use actix_web::web;
use bot_filter::SignInContext;
use contracts::auth::users::{SignUp, SignUpRequest, SignUpResponse};
use service_kit::{ApiError, Input, RequestId, Success};

use crate::endpoints::bot_filter::captcha_proof;
use crate::endpoints::convert::{display_name, new_email, new_password, profile};
use crate::extract::{AttemptLimits, RequestLocation};
use crate::state::AppState;
use account_flows::{PasswordAttempt, Screen};
use accounts::EmailPolicy;

/// Creates an account without roles, after a captcha if required. Invalid fields are reported before the captcha, so
/// that no user solves one in vain; a taken e-mail only after it.
pub async fn sign_up(
    state: web::Data<AppState>,
    limits: AttemptLimits,
    location: RequestLocation,
    request_id: RequestId,
    input: Input<SignUp>,
) -> Result<Success<SignUp>, ApiError> {
    let mut body = input.body;
    let device = body.device.kind;
    let proof = captcha_proof(body.captcha_token.take(), body.captcha_device_token.take(), None)?;
    let sign_up = parse(body, state.emails)?;
    state.accounts.check_sign_up(&sign_up)?;
    let (email, address, request_id) = (sign_up.email.clone(), location.0.address, request_id.as_str());
    let context = SignInContext { account: email.as_str(), device, address, proof: &proof, request_id };
    let attempt = PasswordAttempt { context, screen: Screen::SignUp };
    let user = state.attempts.run(attempt, &limits, async |lane| state.accounts.sign_up(lane, sign_up).await).await??;
    Ok(Success::new(SignUpResponse { user: profile(user, Vec::new()) }))
}

fn parse(body: SignUpRequest, emails: EmailPolicy) -> Result<account_flows::SignUp, ApiError> {
    Ok(account_flows::SignUp {
        email: new_email(emails, "/email", &body.email)?,
        password: new_password("/password", body.password)?,
        display_name: display_name("/display_name", &body.display_name)?,
        birth_date: body.birth_date,
        region: body.region,
        form: None,
    })
}
