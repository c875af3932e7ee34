//! Roles, their assignment to users, and permissions.

mod assign_role;
mod check_permission;
mod create_role;
mod delete_role;
mod get_role;
mod list_roles;
mod list_user_roles;
mod permissions;
mod revoke_role;
mod update_role;

use serde_json::{Value, json};
use service_kit::testing::TestReply;

use crate::app::{SignedIn, TestApp, TestUser};

const ROLES: &str = "/api/v1/roles";

/// Creates a role.
async fn create(app: &TestApp, admin: &SignedIn, name: &str, permissions: &[&str]) -> TestReply {
    let body = json!({"name": name, "description": "Of a test", "permissions": permissions});
    app.post(ROLES).bearer(&admin.access).json(&body).send().await
}

/// Changes a role.
async fn update(app: &TestApp, admin: &SignedIn, name: &str, body: &Value) -> TestReply {
    app.patch(&format!("{ROLES}/{name}")).bearer(&admin.access).json(body).send().await
}

/// Deletes a role.
async fn delete(app: &TestApp, admin: &SignedIn, name: &str) -> TestReply {
    app.delete(&format!("{ROLES}/{name}")).bearer(&admin.access).send().await
}

/// A new user with this role, signed in.
async fn holder(app: &TestApp, admin: &SignedIn, role: &str) -> (TestUser, SignedIn) {
    let user = app.proved_user().await;
    app.change_role(reqwest::Method::PUT, admin, &user.id, role).await.assert_status(204);
    let signed_in = app.signed_in(&user).await;
    (user, signed_in)
}
