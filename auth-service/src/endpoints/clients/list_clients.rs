//! `GET /api/v1/clients`: lists the OAuth clients of administrators.

use actix_web::web;
use contracts::auth::clients::{ListClients, ListClientsResponse};
use contracts::{Cursor, codes};
use oauth_clients::check_id;
use service_kit::{ApiError, Input, Success};

use super::convert::to_wire;
use crate::extract::PermittedCaller;
use crate::state::AppState;

/// Lists one page. The cursor is the id of the last client.
pub async fn list_clients(
    state: web::Data<AppState>,
    _admin: PermittedCaller,
    input: Input<ListClients>,
) -> Result<Success<ListClients>, ApiError> {
    let after = input.query.cursor.map(|cursor| cursor.0);
    if after.as_deref().is_some_and(|id| check_id(id).is_err()) {
        return Err(ApiError::new(codes::INVALID_SIGN_INS_CURSOR).detail("pass next_cursor as it came"));
    }
    let size = input.query.page_size.0 as usize;
    let mut records = state.store.list_clients(after.as_deref(), size as u64 + 1, state.now()).await?;
    let more = records.len() > size;
    records.truncate(size);
    let next_cursor = records.last().filter(|_| more).map(|last| Cursor(last.client.id.clone()));
    Ok(Success::new(ListClientsResponse { items: records.into_iter().map(to_wire).collect(), next_cursor }))
}
