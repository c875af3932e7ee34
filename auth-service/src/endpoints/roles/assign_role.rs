//! `PUT /api/v1/users/{user_id}/roles/{role}`: assigns a role to a user.

use actix_web::web;
use contracts::NoContent;
use contracts::auth::roles::AssignRole;
use service_kit::{ApiError, Input, Success};

use super::convert::role_name;
use crate::extract::AuditedCaller;
use crate::state::AppState;

/// Assigns the role; idempotent.
pub async fn assign_role(
    state: web::Data<AppState>,
    admin: AuditedCaller,
    input: Input<AssignRole>,
) -> Result<Success<AssignRole>, ApiError> {
    let role = role_name(&input.path.role)?;
    state.roles.assign(input.path.user_id, &role, &admin.context(None, state.now())).await?;
    Ok(Success::new(NoContent {}))
}
