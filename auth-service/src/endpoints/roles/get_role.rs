//! `GET /api/v1/roles/{role}`: returns a role.

use actix_web::web;
use contracts::auth::roles::{GetRole, RoleResponse};
use contracts::codes;
use service_kit::{ApiError, Input, Success};

use super::convert::{role_name, to_wire};
use crate::extract::PermittedCaller;
use crate::state::AppState;

/// Returns the role.
pub async fn get_role(
    state: web::Data<AppState>,
    _admin: PermittedCaller,
    input: Input<GetRole>,
) -> Result<Success<GetRole>, ApiError> {
    let found = state.store.find_role(&role_name(&input.path.role)?).await?;
    let role = found.ok_or_else(|| ApiError::new(codes::ROLE_NOT_FOUND))?;
    Ok(Success::new(RoleResponse { role: to_wire(role) }))
}
