//! `PUT /api/v1/users/{user_id}/roles/{role}`: assigns a role to a user.

use actix_web::web;
use contracts::auth::roles::AssignRole;
use contracts::{NoContent, codes};
use service_kit::{ApiError, Input, Success};

use crate::extract::AdminCaller;
use crate::state::AppState;
use accounts::domain::RoleName;

/// Assigns the role; idempotent.
pub async fn assign_role(
    state: web::Data<AppState>,
    admin: AdminCaller,
    input: Input<AssignRole>,
) -> Result<Success<AssignRole>, ApiError> {
    let role = RoleName::parse(&input.path.role).ok_or_else(|| ApiError::new(codes::ROLE_NOT_FOUND))?;
    state.roles.assign(admin.0.user.id, input.path.user_id, &role).await?;
    Ok(Success::new(NoContent {}))
}
