//! `POST /api/v1/me/email/proof`: sends a code to the caller's e-mail.

use actix_web::web;
use contracts::auth::addresses::RequestEmailProof;
use service_kit::{ApiError, Success};

use super::codes::requested;
use crate::extract::{Caller, RequestClient};
use crate::state::AppState;

/// Sends the code, for this session only.
pub async fn request_email_proof(
    state: web::Data<AppState>,
    caller: Caller,
    client: RequestClient,
) -> Result<Success<RequestEmailProof>, ApiError> {
    state.addresses.request_proof(caller.user.id, caller.session, &client.0).await?;
    Ok(Success::new(requested()))
}
