//! Scope and resource of a request for tokens.

use contracts::codes;
use service_kit::ApiError;
use token_verifier::AUDIENCE;

/// Sessions have no scope, and one audience.
pub(super) fn check_target(scope: Option<&str>, resource: Option<&str>) -> Result<(), ApiError> {
    match (scope, resource) {
        (Some(_), _) => Err(ApiError::new(codes::SCOPE_INVALID)),
        (None, None | Some(AUDIENCE)) => Ok(()),
        (None, Some(_)) => Err(ApiError::new(codes::RESOURCE_INVALID)),
    }
}
