//! `DELETE /api/v1/users/{user_id}/roles/{role}`: revokes a role of a user.

use actix_web::web;
use contracts::auth::roles::RevokeRole;
use contracts::{NoContent, codes};
use service_kit::{ApiError, Input, Success};

use crate::extract::AdminCaller;
use crate::state::AppState;
use accounts::domain::RoleName;

/// Revokes the role; idempotent.
pub async fn revoke_role(
    state: web::Data<AppState>,
    admin: AdminCaller,
    input: Input<RevokeRole>,
) -> Result<Success<RevokeRole>, ApiError> {
    let role = RoleName::parse(&input.path.role).ok_or_else(|| ApiError::new(codes::ROLE_NOT_FOUND))?;
    state.roles.revoke(admin.0.user.id, input.path.user_id, &role).await?;
    Ok(Success::new(NoContent {}))
}
