//! Conversions of roles between the contract and the domain.

use std::collections::BTreeSet;

use contracts::{auth, codes};
use service_kit::ApiError;

use accounts::{PermissionName, Role, RoleName};

/// A role, as administrators see it.
pub(super) fn to_wire(role: Role) -> auth::roles::Role {
    let Role { name, description, system, permissions } = role;
    auth::roles::Role { name: name.to_string(), description, system, permissions }
}

/// Name of a role in the path; an invalid one is that of no role.
pub(super) fn role_name(text: &str) -> Result<RoleName, ApiError> {
    RoleName::parse(text).ok_or_else(|| ApiError::new(codes::ROLE_NOT_FOUND))
}

/// Names of permissions in a body.
pub(super) fn permission_names(texts: &[String]) -> Result<BTreeSet<PermissionName>, ApiError> {
    let invalid = |index| ApiError::field(format!("/permissions/{index}"), "not a valid name");
    let parse = |(index, text): (usize, &String)| PermissionName::parse(text).ok_or_else(|| invalid(index));
    texts.iter().enumerate().map(parse).collect()
}
