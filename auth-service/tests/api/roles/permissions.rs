//! Permissions of access tokens: at introspection, at other replicas, and by the file of an operator.

use std::sync::Arc;
use std::time::Duration;

use accounts::RoleDefinitions;
use serde_json::json;
use service_kit::testing::eventually;

use super::{create, delete, holder, update};
use crate::app::{Home, TestApp};

const BOUND: Duration = Duration::from_secs(10);

#[tokio::test]
async fn introspection_has_the_permissions_of_all_roles_of_the_token() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let (user, _) = holder(&app, &admin, "subscriber").await;
    app.change_role(reqwest::Method::PUT, &admin, &user.id, "editor").await.assert_status(204);
    let tokens = app.signed_in(&user).await;
    let facts = app.introspect(&tokens.access).await;
    assert_eq!(facts["permissions"], json!(["films.play_subscription", "films.write"]));
    let none = app.signed_in(&app.user().await).await;
    assert_eq!(app.introspect(&none.access).await["permissions"], json!([]), "present without any role");
    let of_admin = app.introspect(&admin.access).await;
    assert_eq!(of_admin["permissions"], json!(["audit.read", "clients.manage", "roles.manage", "users.manage"]));
}

#[tokio::test]
async fn a_role_changed_at_one_replica_is_changed_at_the_others() {
    let one = TestApp::start().await;
    let other = TestApp::start_in(one.home.clone(), |_| ()).await;
    let (_, admin) = one.admin().await;
    create(&one, &admin, "curator", &["films.write"]).await.assert_status(201);
    let (user, before) = holder(&one, &admin, "curator").await;
    let permissions = async |token: &str| other.introspect(token).await["permissions"].clone();
    eventually("the other replica knows the role", BOUND, async || {
        permissions(&before.access).await == json!(["films.write"])
    })
    .await;
    update(&one, &admin, "curator", &json!({"permissions": ["audit.read"]})).await.assert_status(200);
    eventually("the other replica rejects the token", BOUND, async || !other.is_active(&before.access).await).await;
    let after = other.signed_in(&user).await;
    eventually("the other replica knows the change", BOUND, async || {
        permissions(&after.access).await == json!(["audit.read"])
    })
    .await;
    delete(&one, &admin, "curator").await.assert_status(204);
    eventually("the other replica rejects the token", BOUND, async || !other.is_active(&after.access).await).await;
}

#[tokio::test]
async fn administrators_edit_films_where_the_file_says_so() {
    let file = "[roles.admin]\npermissions = ['films.write']";
    let definitions = Arc::new(RoleDefinitions::with_file(file).unwrap());
    let app = TestApp::start_in(Home::new().await, |config| config.roles = Some(definitions)).await;
    let (_, admin) = app.admin().await;
    let permissions = app.introspect(&admin.access).await["permissions"].clone();
    assert!(permissions.as_array().unwrap().contains(&json!("films.write")), "{permissions}");
}

#[tokio::test]
async fn a_role_that_manages_roles_makes_an_administrator_whatever_its_name() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    create(&app, &admin, "owner", &["roles.manage"]).await.assert_status(201);
    let (_, owner) = holder(&app, &admin, "owner").await;
    create(&app, &owner, "by-the-owner", &[]).await.assert_status(201);
    create(&app, &admin, "administrators", &["users.manage"]).await.assert_status(201);
    let (_, other) = holder(&app, &admin, "administrators").await;
    create(&app, &other, "by-another", &[]).await.assert_problem(403, "auth.forbidden");
}
