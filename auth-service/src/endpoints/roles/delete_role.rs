//! `DELETE /api/v1/roles/{role}`: deletes a role.

use actix_web::web;
use contracts::NoContent;
use contracts::auth::roles::DeleteRole;
use service_kit::{ApiError, Input, Success};

use super::convert::role_name;
use crate::extract::AuditedCaller;
use crate::state::AppState;

/// Deletes the role; its holders lose it.
pub async fn delete_role(
    state: web::Data<AppState>,
    admin: AuditedCaller,
    input: Input<DeleteRole>,
) -> Result<Success<DeleteRole>, ApiError> {
    state.roles.delete(&role_name(&input.path.role)?, &admin.context(None, state.now())).await?;
    Ok(Success::new(NoContent {}))
}
