//! `POST /api/v1/me/email/change`: confirms a change of the caller's e-mail.

use actix_web::web;
use contracts::NoContent;
use contracts::auth::addresses::ConfirmEmailChange;
use service_kit::{ApiError, Input, Success};

use super::codes::typed_code;
use crate::extract::{Caller, RequestClient};
use crate::state::AppState;

/// Confirms the change with the codes that this session asked for.
pub async fn confirm_email_change(
    state: web::Data<AppState>,
    caller: Caller,
    client: RequestClient,
    input: Input<ConfirmEmailChange>,
) -> Result<Success<ConfirmEmailChange>, ApiError> {
    let body = input.body;
    let code = body.code.map(|text| typed_code("/code", &text)).transpose()?;
    let present = body.present_code.map(|text| typed_code("/present_code", &text)).transpose()?;
    let request = account_storage::ConfirmEmailChange {
        user: caller.user.id,
        session: caller.session,
        code: code.as_ref(),
        release_code: present.as_ref(),
        take_claimed: body.take_claimed,
        client: &client.0,
        at: state.now(),
    };
    state.addresses.confirm_change(&request).await?;
    Ok(Success::new(NoContent {}))
}
