//! `POST /api/v1/password-resets`: sends a code that resets a password.

use actix_web::web;
use bot_filter::SignInContext;
use contracts::auth::addresses::{PasswordResetRequested, RequestPasswordReset};
use contracts::ids::ResetId;
use service_kit::{ApiError, Input, RequestId, Success};

use super::codes::expires_in;
use crate::endpoints::bot_filter::captcha_proof;
use crate::endpoints::convert::email;
use crate::extract::RequestClient;
use crate::state::AppState;

/// Sends the code, after a captcha if required. The reply and its time are the same for every address.
pub async fn request_password_reset(
    state: web::Data<AppState>,
    client: RequestClient,
    request_id: RequestId,
    input: Input<RequestPasswordReset>,
) -> Result<Success<RequestPasswordReset>, ApiError> {
    let mut body = input.body;
    let device = body.device.kind;
    let proof = captcha_proof(body.captcha_token.take(), body.captcha_device_token.take(), None)?;
    let email = email("/email", &body.email)?;
    let (address, request_id) = (client.0.location.address, request_id.as_str());
    let context = SignInContext { account: email.as_str(), device, address, proof: &proof, request_id };
    let screened = state.bot_filter.reset_password(&context).await.map_err(account_flows::problems::from_bot_filter)?;
    let earlier = body.reset_id.map(|id| id.0);
    let reset = state.addresses.request_reset(&email, earlier, &client.0).await?;
    state.bot_filter.mark_decided(screened);
    Ok(Success::new(PasswordResetRequested { reset_id: ResetId(reset), expires_in: expires_in() }))
}
