//! `PATCH /api/v1/roles/{role}`: changes a role.

use actix_web::web;
use contracts::auth::roles::{RoleResponse, UpdateRole};
use service_kit::{ApiError, Input, Success};

use super::convert::{permission_names, role_name, to_wire};
use crate::extract::AuditedCaller;
use crate::state::AppState;
use accounts::RoleChange;

/// Changes the role and returns it.
pub async fn update_role(
    state: web::Data<AppState>,
    admin: AuditedCaller,
    input: Input<UpdateRole>,
) -> Result<Success<UpdateRole>, ApiError> {
    let name = role_name(&input.path.role)?;
    let permissions = input.body.permissions.as_deref().map(permission_names).transpose()?;
    let change = RoleChange { description: input.body.description, permissions };
    let role = state.roles.update(&name, &change, &admin.context(None, state.now())).await?;
    Ok(Success::new(RoleResponse { role: to_wire(role) }))
}
