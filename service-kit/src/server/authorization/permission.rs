//! The permission that an endpoint declares in its contract.

use actix_web::HttpRequest;
use contracts::endpoint::Auth;

use crate::base::error::ApiError;
use crate::server::mounted::Mounted;

/// Challenge for callers without the permission (RFC 6750 §3.1).
const INSUFFICIENT: &str = "Bearer realm=\"marquee\", error=\"insufficient_scope\"";

/// Permission required by the endpoint of this request.
///
/// # Errors
/// When the endpoint declares none: then nobody may pass.
pub fn required_permission(request: &HttpRequest) -> Result<&'static str, ApiError> {
    match Mounted::endpoint(request).map(|endpoint| endpoint.auth) {
        Some(Auth::Permission(permission)) => Ok(permission),
        _ => Err(ApiError::internal("the endpoint declares no permission")),
    }
}

/// The problem of a caller without this permission.
pub fn permission_missing(permission: &str) -> ApiError {
    ApiError::new(contracts::codes::FORBIDDEN)
        .challenge(INSUFFICIENT)
        .detail(format!("this requires permission {permission}"))
}
