//! `GET /api/v1/roles`: lists the roles.

use actix_web::web;
use contracts::auth::roles::{ListRoles, ListRolesResponse};
use contracts::{Cursor, codes};
use service_kit::{ApiError, Input, Success};

use super::convert::to_wire;
use crate::extract::PermittedCaller;
use crate::state::AppState;
use accounts::RoleName;

/// Lists one page. The cursor is the name of the last role.
pub async fn list_roles(
    state: web::Data<AppState>,
    _admin: PermittedCaller,
    input: Input<ListRoles>,
) -> Result<Success<ListRoles>, ApiError> {
    let after = input.query.cursor.map(|cursor| RoleName::parse(&cursor.0).ok_or_else(invalid_cursor)).transpose()?;
    let size = input.query.page_size.0 as usize;
    let mut roles = state.store.list_roles(after.as_ref(), size as u64 + 1).await?;
    let more = roles.len() > size;
    roles.truncate(size);
    let next_cursor = roles.last().filter(|_| more).map(|last| Cursor(last.name.to_string()));
    Ok(Success::new(ListRolesResponse { items: roles.into_iter().map(to_wire).collect(), next_cursor }))
}

fn invalid_cursor() -> ApiError {
    ApiError::new(codes::INVALID_SIGN_INS_CURSOR).detail("pass next_cursor as it came")
}
