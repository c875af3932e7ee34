//! `POST /api/v1/roles`: creates a role.

use actix_web::http::header::{HeaderValue, LOCATION};
use actix_web::web;
use contracts::auth::roles::{CreateRole, RoleResponse};
use service_kit::{ApiError, Input, Success};

use super::convert::{permission_names, to_wire};
use crate::extract::AuditedCaller;
use crate::state::AppState;
use accounts::RoleName;

/// Creates the role and returns it.
pub async fn create_role(
    state: web::Data<AppState>,
    admin: AuditedCaller,
    input: Input<CreateRole>,
) -> Result<Success<CreateRole>, ApiError> {
    let body = input.body;
    let name = RoleName::parse(&body.name).ok_or_else(|| ApiError::field("/name", "not a valid name"))?;
    let permissions = permission_names(&body.permissions)?;
    let context = admin.context(None, state.now());
    let role = state.roles.create(&name, &body.description, &permissions, &context).await?;
    let location = HeaderValue::from_str(&format!("/api/v1/roles/{name}")).map_err(ApiError::internal)?;
    Ok(Success::new(RoleResponse { role: to_wire(role) }).header(LOCATION, location))
}
