//! Roles: named sets of permissions, and their assignment to users.

use std::time::Duration;

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::permissions::ROLES_MANAGE;
use crate::codes;
use crate::endpoint::{Auth, BodyFormat, Endpoint, Method, NoContent, Nothing};
use crate::ids::UserId;
use crate::paging::{Cursor, PageSize};
use crate::problem::Code;

/// Role of paying users on every installation.
pub const SUBSCRIBER: &str = "subscriber";
/// Role of editors of the catalogue on every installation.
pub const EDITOR: &str = "editor";
/// Role of administrators on every installation.
pub const ADMIN: &str = "admin";

/// Deadline of changes that concern all holders of a role.
const SLOW: Duration = Duration::from_secs(10);

/// A role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Role {
    /// Its name, unique.
    pub name: String,
    /// Its purpose, for administrators.
    pub description: String,
    /// `true` for roles of the installation, which are defined by files and cannot be changed here.
    pub system: bool,
    /// What it allows, in alphabetical order.
    pub permissions: Vec<String>,
}

/// A role, in the path.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RolePath {
    /// Name of the role.
    pub role: String,
}

/// A user, in the path.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RolesOfUserPath {
    /// The user.
    pub user_id: UserId,
}

/// A user and a role, in the path.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct UserRolePath {
    /// The user.
    pub user_id: UserId,
    /// Name of the role.
    pub role: String,
}

/// `POST /api/v1/roles`
pub struct CreateRole;

impl Endpoint for CreateRole {
    const ID: &'static str = "create_role";
    const SUMMARY: &'static str = "Creates a role.";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/roles";
    const SUCCESS: u16 = 201;
    const LOCATION: bool = true;
    const BODY: BodyFormat = BodyFormat::Json;
    const AUTH: Auth = Auth::Permission(ROLES_MANAGE);
    const ERRORS: &'static [&'static Code] = &[codes::ROLE_TAKEN, codes::TOO_MANY_ROLES, codes::PERMISSION_NOT_FOUND];
    type Path = Nothing;
    type Query = Nothing;
    type Body = CreateRoleRequest;
    type Output = RoleResponse;
}

/// A new role.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateRoleRequest {
    /// Its name: letters `a` to `z`, digits, `_` and `-`.
    #[garde(length(chars, min = 1, max = 64), pattern("^[a-z0-9_-]+$"))]
    pub name: String,
    /// Its purpose, for administrators.
    #[garde(length(chars, max = 200), pattern(r"^[^\x00-\x1f\x7f-\x9f]*$"))]
    #[serde(default)]
    pub description: String,
    /// What it allows: permissions of this installation. Repeated ones count once.
    #[garde(length(max = 100), inner(length(chars, min = 1, max = 64), pattern("^[a-z0-9_.-]+$")))]
    #[serde(default)]
    pub permissions: Vec<String>,
}

/// One role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RoleResponse {
    /// The role.
    pub role: Role,
}

/// `GET /api/v1/roles`
pub struct ListRoles;

impl Endpoint for ListRoles {
    const ID: &'static str = "list_roles";
    const SUMMARY: &'static str = "Lists the roles with their permissions.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/roles";
    const AUTH: Auth = Auth::Permission(ROLES_MANAGE);
    const ERRORS: &'static [&'static Code] = &[codes::INVALID_SIGN_INS_CURSOR];
    type Path = Nothing;
    type Query = ListRolesQuery;
    type Body = Nothing;
    type Output = ListRolesResponse;
}

/// A page of the list.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ListRolesQuery {
    /// Items on one page.
    #[garde(dive)]
    #[serde(default)]
    pub page_size: PageSize,
    /// `next_cursor` of the last page.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
}

/// A page of roles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ListRolesResponse {
    /// The roles.
    pub items: Vec<Role>,
    /// Start of the next page; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<Cursor>,
}

/// `GET /api/v1/roles/{role}`
pub struct GetRole;

impl Endpoint for GetRole {
    const ID: &'static str = "get_role";
    const SUMMARY: &'static str = "Returns a role with its permissions.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/roles/{role}";
    const AUTH: Auth = Auth::Permission(ROLES_MANAGE);
    const ERRORS: &'static [&'static Code] = &[codes::ROLE_NOT_FOUND];
    type Path = RolePath;
    type Query = Nothing;
    type Body = Nothing;
    type Output = RoleResponse;
}

/// `PATCH /api/v1/roles/{role}`
pub struct UpdateRole;

impl Endpoint for UpdateRole {
    const ID: &'static str = "update_role";
    const DEADLINE: Duration = SLOW;
    const SUMMARY: &'static str = "Changes a role. Other permissions end the access tokens of all who have the role.";
    const METHOD: Method = Method::Patch;
    const PATH: &'static str = "/api/v1/roles/{role}";
    const BODY: BodyFormat = BodyFormat::Json;
    const AUTH: Auth = Auth::Permission(ROLES_MANAGE);
    const ERRORS: &'static [&'static Code] =
        &[codes::ROLE_NOT_FOUND, codes::PERMISSION_NOT_FOUND, codes::SYSTEM_ROLE, codes::LAST_ADMIN];
    type Path = RolePath;
    type Query = Nothing;
    type Body = UpdateRoleRequest;
    type Output = RoleResponse;
}

/// Changes of a role; absent fields keep their values.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct UpdateRoleRequest {
    /// Its purpose, for administrators.
    #[garde(length(chars, max = 200), pattern(r"^[^\x00-\x1f\x7f-\x9f]*$"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// All that it allows from now on: permissions of this installation. Repeated ones count once.
    #[garde(inner(length(max = 100), inner(length(chars, min = 1, max = 64), pattern("^[a-z0-9_.-]+$"))))]
    #[schemars(length(max = 100), inner(length(min = 1, max = 64), regex(pattern = "^[a-z0-9_.-]+$")))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Vec<String>>,
}

/// `DELETE /api/v1/roles/{role}`
pub struct DeleteRole;

impl Endpoint for DeleteRole {
    const ID: &'static str = "delete_role";
    const DEADLINE: Duration = SLOW;
    const SUMMARY: &'static str = "Deletes a role, and ends the access tokens of all who have it.";
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/api/v1/roles/{role}";
    const SUCCESS: u16 = 204;
    const AUTH: Auth = Auth::Permission(ROLES_MANAGE);
    const ERRORS: &'static [&'static Code] = &[codes::ROLE_NOT_FOUND, codes::SYSTEM_ROLE, codes::LAST_ADMIN];
    type Path = RolePath;
    type Query = Nothing;
    type Body = Nothing;
    type Output = NoContent;
}

/// `GET /api/v1/users/{user_id}/roles`
pub struct ListUserRoles;

impl Endpoint for ListUserRoles {
    const ID: &'static str = "list_user_roles";
    const SUMMARY: &'static str = "Lists the roles of a user, with their permissions.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/users/{user_id}/roles";
    const IDEMPOTENT: bool = false; // each call is recorded
    const AUTH: Auth = Auth::Permission(ROLES_MANAGE);
    const ERRORS: &'static [&'static Code] = &[codes::USER_NOT_FOUND];
    type Path = RolesOfUserPath;
    type Query = Nothing;
    type Body = Nothing;
    type Output = ListUserRolesResponse;
}

/// Roles of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ListUserRolesResponse {
    /// In alphabetical order, 32 at most.
    pub items: Vec<Role>,
}

/// `PUT /api/v1/users/{user_id}/roles/{role}`
pub struct AssignRole;

impl Endpoint for AssignRole {
    const ID: &'static str = "assign_role";
    const SUMMARY: &'static str =
        "Assigns a role to a user with a proved e-mail; it takes effect with the next access token.";
    const METHOD: Method = Method::Put;
    const PATH: &'static str = "/api/v1/users/{user_id}/roles/{role}";
    const SUCCESS: u16 = 204;
    const AUTH: Auth = Auth::Permission(ROLES_MANAGE);
    const ERRORS: &'static [&'static Code] =
        &[codes::USER_NOT_FOUND, codes::ROLE_NOT_FOUND, codes::EMAIL_UNPROVED, codes::TOO_MANY_ROLES];
    type Path = UserRolePath;
    type Query = Nothing;
    type Body = Nothing;
    type Output = NoContent;
}

/// `DELETE /api/v1/users/{user_id}/roles/{role}`
pub struct RevokeRole;

impl Endpoint for RevokeRole {
    const ID: &'static str = "revoke_role";
    const SUMMARY: &'static str = "Revokes a role of a user, and the access tokens that carry it.";
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/api/v1/users/{user_id}/roles/{role}";
    const SUCCESS: u16 = 204;
    const AUTH: Auth = Auth::Permission(ROLES_MANAGE);
    const ERRORS: &'static [&'static Code] = &[codes::USER_NOT_FOUND, codes::ROLE_NOT_FOUND, codes::LAST_ADMIN];
    type Path = UserRolePath;
    type Query = Nothing;
    type Body = Nothing;
    type Output = NoContent;
}
