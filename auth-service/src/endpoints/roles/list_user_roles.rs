//! `GET /api/v1/users/{user_id}/roles`: lists the roles of a user.

use actix_web::web;
use contracts::auth::roles::{ListUserRoles, ListUserRolesResponse};
use contracts::codes;
use service_kit::{ApiError, Input, Success};

use super::convert::to_wire;
use crate::extract::AuditedCaller;
use crate::state::AppState;

/// Lists the roles with their permissions.
pub async fn list_user_roles(
    state: web::Data<AppState>,
    admin: AuditedCaller,
    input: Input<ListUserRoles>,
) -> Result<Success<ListUserRoles>, ApiError> {
    let roles = state.store.list_user_roles(input.path.user_id, &admin.context(None, state.now())).await?;
    let roles = roles.ok_or_else(|| ApiError::new(codes::USER_NOT_FOUND))?;
    Ok(Success::new(ListUserRolesResponse { items: roles.into_iter().map(to_wire).collect() }))
}
