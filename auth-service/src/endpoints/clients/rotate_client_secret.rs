//! `POST /api/v1/clients/{client_id}/secrets`: replaces the secret of an OAuth client.

use actix_web::web;
use chrono::TimeDelta;
use contracts::auth::clients::{ClientSecretResponse, RotateClientSecret};
use service_kit::{ApiError, Input, Success};

use super::convert::to_wire;
use crate::extract::AuditedCaller;
use crate::state::AppState;

/// Makes the new secret and returns it.
pub async fn rotate_client_secret(
    state: web::Data<AppState>,
    admin: AuditedCaller,
    input: Input<RotateClientSecret>,
) -> Result<Success<RotateClientSecret>, ApiError> {
    let old_valid_for = TimeDelta::seconds(input.body.old_valid_for.into());
    let context = admin.context(None, state.now());
    let (record, secret) = state.clients.rotate_secret(&input.path.client_id, old_valid_for, &context).await?;
    Ok(Success::new(ClientSecretResponse { client: to_wire(record), client_secret: Some(secret) }))
}
