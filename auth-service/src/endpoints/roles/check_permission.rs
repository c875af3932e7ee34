//! `GET /api/v1/permissions/{name}`: reports whether the caller has a permission. Needs no SQL.

use actix_web::web;
use contracts::auth::permissions::{CheckPermission, CheckPermissionResponse};
use contracts::codes;
use service_kit::{ApiError, Input, Success};

use crate::extract::{CallerClaims, roles_not_read};
use crate::state::AppState;

/// Checks the roles of the access token.
pub async fn check_permission(
    state: web::Data<AppState>,
    caller: CallerClaims,
    input: Input<CheckPermission>,
) -> Result<Success<CheckPermission>, ApiError> {
    let allowed = state.roles.allow(&caller.claims.roles, &input.path.name).map_err(roles_not_read)?;
    let allowed = allowed.ok_or_else(|| ApiError::new(codes::PERMISSION_NOT_FOUND))?;
    Ok(Success::new(CheckPermissionResponse { allowed }))
}
