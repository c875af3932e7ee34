//! Roles.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codes;
use crate::endpoint::{Auth, Endpoint, Method, NoContent, Nothing};
use crate::ids::UserId;
use crate::problem::Code;

/// May play films of tier `subscription`.
pub const SUBSCRIBER: &str = "subscriber";
/// May change the catalogue.
pub const EDITOR: &str = "editor";
/// May assign and revoke roles.
pub const ADMIN: &str = "admin";
/// The roles of every installation, with their purpose.
pub const SYSTEM_ROLES: &[(&str, &str)] = &[
    (ADMIN, "Gives and takes roles"),
    (EDITOR, "Changes the catalogue"),
    (SUBSCRIBER, "Plays films of the subscription tier"),
];

/// A user and a role, in the path.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct UserRolePath {
    /// The user.
    pub user_id: UserId,
    /// Name of the role.
    pub role: String,
}

/// `PUT /api/v1/users/{user_id}/roles/{role}`
pub struct AssignRole;

impl Endpoint for AssignRole {
    const ID: &'static str = "assign_role";
    const SUMMARY: &'static str = "Assigns a role to a user; it takes effect with the user's next access token.";
    const METHOD: Method = Method::Put;
    const PATH: &'static str = "/api/v1/users/{user_id}/roles/{role}";
    const SUCCESS: u16 = 204;
    const AUTH: Auth = Auth::Role(ADMIN);
    const ERRORS: &'static [&'static Code] = &[codes::USER_NOT_FOUND, codes::ROLE_NOT_FOUND];
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
    const AUTH: Auth = Auth::Role(ADMIN);
    const ERRORS: &'static [&'static Code] = &[codes::USER_NOT_FOUND, codes::ROLE_NOT_FOUND, codes::LAST_ADMIN];
    type Path = UserRolePath;
    type Query = Nothing;
    type Body = Nothing;
    type Output = NoContent;
}
