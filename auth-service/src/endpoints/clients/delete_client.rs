//! `DELETE /api/v1/clients/{client_id}`: deletes an OAuth client.

use actix_web::web;
use contracts::NoContent;
use contracts::auth::clients::DeleteClient;
use service_kit::{ApiError, Input, Success};

use crate::extract::AuditedCaller;
use crate::state::AppState;

/// Deletes the client with its sessions.
pub async fn delete_client(
    state: web::Data<AppState>,
    admin: AuditedCaller,
    input: Input<DeleteClient>,
) -> Result<Success<DeleteClient>, ApiError> {
    state.clients.delete(&input.path.client_id, &admin.context(None, state.now())).await?;
    Ok(Success::new(NoContent {}))
}
