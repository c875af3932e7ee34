//! `POST /api/v1/password-resets/{reset_id}`: sets a new password with a code.

use account_flows::{ConfirmReset, PasswordAttempt, ResetSecret, Screen};
use actix_web::web;
use bot_filter::{CaptchaProof, SignInContext};
use contracts::NoContent;
use contracts::auth::addresses::ConfirmPasswordReset;
use service_kit::{ApiError, Input, RequestId, Success};

use super::codes::typed_code;
use crate::endpoints::convert::new_password;
use crate::extract::{AttemptLimits, RequestClient};
use crate::state::AppState;

/// Sets the password. Budgets of attempts count by the id of the reset, so that a stranger uses up none of the owner's.
pub async fn confirm_password_reset(
    state: web::Data<AppState>,
    limits: AttemptLimits,
    client: RequestClient,
    request_id: RequestId,
    input: Input<ConfirmPasswordReset>,
) -> Result<Success<ConfirmPasswordReset>, ApiError> {
    let (reset, body) = (input.path.reset_id, input.body);
    let code = typed_code("/code", &body.code)?;
    let password = new_password("/password", body.password)?;
    let (account, proof) = (reset.to_string(), CaptchaProof::default());
    let context = SignInContext::without_device(&account, client.0.location.address, &proof, request_id.as_str());
    let attempt = PasswordAttempt { context, screen: Screen::SignedIn };
    let confirm = ConfirmReset { secret: ResetSecret::Code { reset: reset.0, code }, password, client: client.0 };
    state.attempts.run(attempt, &limits, async |lane| state.addresses.confirm_reset(lane, confirm).await).await??;
    Ok(Success::new(NoContent {}))
}
