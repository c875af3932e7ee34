//! `POST /api/v1/me/email/proof/confirm`: proves the caller's e-mail.

use actix_web::web;
use contracts::NoContent;
use contracts::auth::addresses::ConfirmEmail;
use service_kit::{ApiError, Input, Success};

use super::codes::typed_code;
use crate::extract::{Caller, RequestClient};
use crate::state::AppState;

/// Proves the e-mail with the code that this session asked for.
pub async fn confirm_email(
    state: web::Data<AppState>,
    caller: Caller,
    client: RequestClient,
    input: Input<ConfirmEmail>,
) -> Result<Success<ConfirmEmail>, ApiError> {
    let code = typed_code("/code", &input.body.code)?;
    state.addresses.confirm_proof(caller.user.id, caller.session, &code, &client.0).await?;
    Ok(Success::new(NoContent {}))
}
