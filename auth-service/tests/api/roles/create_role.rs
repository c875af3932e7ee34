//! `POST /api/v1/roles`.

use serde_json::json;

use super::{ROLES, create};
use crate::app::TestApp;

#[tokio::test]
async fn a_role_is_created_once_with_each_permission_once() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let reply = create(&app, &admin, "curator", &["films.write", "audit.read", "films.write"]).await;
    let expected = json!({
        "name": "curator", "description": "Of a test", "system": false, "permissions": ["audit.read", "films.write"],
    });
    assert_eq!(reply.assert_status(201)["role"], expected);
    assert_eq!(reply.header("location"), "/api/v1/roles/curator");
    let path = reply.header("location").to_owned();
    assert_eq!(app.get(&path).bearer(&admin.access).send().await.assert_status(200)["role"], expected);
    create(&app, &admin, "curator", &[]).await.assert_problem(409, "auth.role_taken");
    create(&app, &admin, "admin", &[]).await.assert_problem(409, "auth.role_taken");
}

#[tokio::test]
async fn names_and_permissions_that_cannot_be_are_named() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let many: Vec<String> = (0..10_000).map(|number| format!("p{number}")).collect();
    for (body, pointer) in [
        (json!({"name": "a/b"}), "/name"),
        (json!({"name": "Curator"}), "/name"),
        (json!({"name": ""}), "/name"),
        (json!({"name": "a".repeat(65)}), "/name"),
        (json!({"name": "a\u{0}"}), "/name"),
        (json!({"name": "x", "description": "я".repeat(201)}), "/description"),
        (json!({"name": "x", "description": "two\nlines"}), "/description"),
        (json!({"name": "x", "permissions": ["films/write"]}), "/permissions/0"),
        (json!({"name": "x", "permissions": vec!["films.write"; 101]}), "/permissions"),
        (json!({"name": "x", "system": true}), "/system"),
    ] {
        let reply = app.post(ROLES).bearer(&admin.access).json(&body).send().await;
        let problem = reply.assert_problem(422, "request.invalid_fields");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}: {problem}");
    }
    let problem = create(&app, &admin, "x", &["films.write", "films.fly"]).await;
    let problem = problem.assert_problem(404, "auth.permission_not_found");
    assert!(problem["detail"].as_str().unwrap().contains("films.fly"), "{problem}");
    let reply = app.post(ROLES).bearer(&admin.access).json(&json!({"name": "x", "permissions": many})).send().await;
    assert!([413, 422].contains(&reply.status.as_u16()), "{}", reply.text());
    let path = format!("{ROLES}/x");
    app.get(&path).bearer(&admin.access).send().await.assert_problem(404, "auth.role_not_found");
}

#[tokio::test]
async fn only_those_who_manage_roles_create_them() {
    let app = TestApp::start().await;
    let tokens = app.signed_in(&app.user().await).await;
    let reply = create(&app, &tokens, "curator", &[]).await;
    reply.assert_problem(403, "auth.forbidden");
    assert!(reply.header("www-authenticate").contains("insufficient_scope"));
    app.post(ROLES).json(&json!({"name": "x"})).send().await.assert_problem(401, "auth.token_missing");
}

#[tokio::test]
async fn there_are_at_most_2000_roles() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let name =
        |number: usize| format!("('r{number}', '', {})", if app.state().store.is_embedded() { "0" } else { "false" });
    let rows: Vec<String> = (3..2000).map(name).collect();
    app.home.sql(&format!("INSERT INTO roles (name, description, system) VALUES {}", rows.join(","))).await;
    create(&app, &admin, "one-more", &[]).await.assert_problem(409, "auth.too_many_roles");
    super::delete(&app, &admin, "r3").await.assert_status(204);
    create(&app, &admin, "one-more", &[]).await.assert_status(201);
}
