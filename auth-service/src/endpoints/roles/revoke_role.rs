//! `DELETE /api/v1/users/{user_id}/roles/{role}`: revokes a role of a user.

use actix_web::web;
use contracts::NoContent;
use contracts::auth::roles::RevokeRole;
use service_kit::{ApiError, Input, Success};

use super::convert::role_name;
use crate::extract::AuditedCaller;
use crate::state::AppState;

/// Revokes the role; idempotent.
pub async fn revoke_role(
    state: web::Data<AppState>,
    admin: AuditedCaller,
    input: Input<RevokeRole>,
) -> Result<Success<RevokeRole>, ApiError> {
    let role = role_name(&input.path.role)?;
    state.roles.revoke(input.path.user_id, &role, &admin.context(None, state.now())).await?;
    Ok(Success::new(NoContent {}))
}
