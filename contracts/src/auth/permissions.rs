//! Permissions: what a role allows. Services check these, never names of roles.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codes;
use crate::endpoint::{Auth, Endpoint, Method, Nothing};
use crate::problem::Code;

/// Finding, disabling and correcting accounts.
pub const USERS_MANAGE: &str = "users.manage";
/// Defining roles, and assigning them.
pub const ROLES_MANAGE: &str = "roles.manage";
/// Managing OAuth clients.
pub const CLIENTS_MANAGE: &str = "clients.manage";
/// Reading the audit log.
pub const AUDIT_READ: &str = "audit.read";
/// Changing the catalogue, and seeing all of it.
pub const FILMS_WRITE: &str = "films.write";
/// Playing films of tier `subscription`.
pub const FILMS_PLAY_SUBSCRIPTION: &str = "films.play_subscription";

/// A permission, in the path.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PermissionPath {
    /// Name of the permission.
    pub name: String,
}

/// `GET /api/v1/permissions/{name}`
pub struct CheckPermission;

impl Endpoint for CheckPermission {
    const ID: &'static str = "check_permission";
    const SUMMARY: &'static str = "Reports whether a role of the caller's access token has this permission now.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/permissions/{name}";
    const AUTH: Auth = Auth::Required;
    const ERRORS: &'static [&'static Code] = &[codes::PERMISSION_NOT_FOUND];
    type Path = PermissionPath;
    type Query = Nothing;
    type Body = Nothing;
    type Output = CheckPermissionResponse;
}

/// Result of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CheckPermissionResponse {
    /// `true` when the caller has the permission.
    pub allowed: bool,
}
