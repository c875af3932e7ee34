//! `GET /api/v1/roles/{role}`.

use serde_json::json;

use super::ROLES;
use crate::app::TestApp;

#[tokio::test]
async fn a_role_of_the_installation_is_returned_with_its_permissions() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let body = app.get(&format!("{ROLES}/admin")).bearer(&admin.access).send().await.assert_status(200);
    let permissions = json!(["audit.read", "clients.manage", "roles.manage", "users.manage"]);
    assert_eq!((&body["role"]["system"], &body["role"]["permissions"]), (&json!(true), &permissions));
    assert!(!body["role"]["description"].as_str().unwrap().is_empty());
}

#[tokio::test]
async fn an_unknown_role_is_not_found_whatever_its_name_looks_like() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    for name in ["king", "Admin", "admin%2Fx", "%D0%B0", "a%00b"] {
        let reply = app.get(&format!("{ROLES}/{name}")).bearer(&admin.access).send().await;
        reply.assert_problem(404, "auth.role_not_found");
    }
    let tokens = app.signed_in(&app.user().await).await;
    app.get(&format!("{ROLES}/admin")).bearer(&tokens.access).send().await.assert_problem(403, "auth.forbidden");
}
