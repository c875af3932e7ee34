//! `DELETE /api/v1/roles/{role}`: deletes a role.

use actix_web::web;
use contracts::NoContent;
use contracts::auth::roles::DeleteRole;
use service_kit::{ApiError, Input, Success};

use super::convert::role_name;
use crate::extract::PermittedCaller;
use crate::state::AppState;

/// Deletes the role; its holders lose it.
pub async fn delete_role(
    state: web::Data<AppState>,
    admin: PermittedCaller,
    input: Input<DeleteRole>,
) -> Result<Success<DeleteRole>, ApiError> {
    state.roles.delete(admin.0.user.id, &role_name(&input.path.role)?).await?;
    Ok(Success::new(NoContent {}))
}
