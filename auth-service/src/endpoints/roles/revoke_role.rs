//! `DELETE /api/v1/users/{user_id}/roles/{role}`: revokes a role of a user.

use actix_web::web;
use contracts::NoContent;
use contracts::auth::roles::RevokeRole;
use service_kit::{ApiError, Input, Success};

use super::convert::role_name;
use crate::extract::PermittedCaller;
use crate::state::AppState;

/// Revokes the role; idempotent.
pub async fn revoke_role(
    state: web::Data<AppState>,
    admin: PermittedCaller,
    input: Input<RevokeRole>,
) -> Result<Success<RevokeRole>, ApiError> {
    let role = role_name(&input.path.role)?;
    state.roles.revoke(admin.0.user.id, input.path.user_id, &role).await?;
    Ok(Success::new(NoContent {}))
}
