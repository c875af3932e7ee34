//! `PATCH /api/v1/roles/{role}`.

use serde_json::json;

use super::{create, holder, update};
use crate::app::{SignedIn, TestApp};

#[tokio::test]
async fn other_permissions_end_the_tokens_of_all_holders_and_no_later_ones() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    create(&app, &admin, "curator", &["films.write"]).await.assert_status(201);
    let (_, before) = holder(&app, &admin, "curator").await;
    assert_eq!(app.introspect(&before.access).await["permissions"], json!(["films.write"]));

    let change = json!({"permissions": ["audit.read", "films.play_subscription"]});
    let body = update(&app, &admin, "curator", &change).await.assert_status(200);
    assert_eq!(body["role"]["permissions"], change["permissions"]);
    assert_eq!(body["role"]["description"], "Of a test");

    assert!(!app.is_active(&before.access).await);
    let after = SignedIn::from(&app.refresh(&before.refresh).await.assert_status(200));
    assert_eq!(app.introspect(&after.access).await["permissions"], change["permissions"]);
    assert!(app.is_active(&admin.access).await, "others keep their tokens");
}

#[tokio::test]
async fn another_description_and_the_same_permissions_end_no_token() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    create(&app, &admin, "curator", &["films.write"]).await.assert_status(201);
    let (_, tokens) = holder(&app, &admin, "curator").await;
    for change in [json!({}), json!({"description": "Picks films"}), json!({"permissions": ["films.write"]})] {
        update(&app, &admin, "curator", &change).await.assert_status(200);
    }
    assert!(app.is_active(&tokens.access).await);
}

#[tokio::test]
async fn a_role_that_cannot_be_changed_says_why() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let nothing = json!({"permissions": []});
    for name in ["admin", "editor", "subscriber"] {
        update(&app, &admin, name, &nothing).await.assert_problem(409, "auth.system_role");
        update(&app, &admin, name, &json!({"description": ""})).await.assert_problem(409, "auth.system_role");
    }
    update(&app, &admin, "king", &nothing).await.assert_problem(404, "auth.role_not_found");
    create(&app, &admin, "curator", &[]).await.assert_status(201);
    let unknown = json!({"permissions": ["films.fly"]});
    update(&app, &admin, "curator", &unknown).await.assert_problem(404, "auth.permission_not_found");
    let (_, tokens) = holder(&app, &admin, "curator").await;
    update(&app, &tokens, "curator", &nothing).await.assert_problem(403, "auth.forbidden");
}

#[tokio::test]
async fn the_role_of_the_last_administrator_cannot_be_emptied() {
    let app = TestApp::start().await;
    let (me, admin) = app.admin().await;
    create(&app, &admin, "owner", &["roles.manage"]).await.assert_status(201);
    let (_, owner) = holder(&app, &admin, "owner").await;
    app.change_role(reqwest::Method::DELETE, &owner, &me.id, "admin").await.assert_status(204);
    for permissions in [json!([]), json!(["users.manage"])] {
        let reply = update(&app, &owner, "owner", &json!({"permissions": permissions})).await;
        reply.assert_problem(409, "auth.last_admin");
    }
    assert!(app.is_active(&owner.access).await, "nothing was changed");
    update(&app, &owner, "owner", &json!({"permissions": ["roles.manage", "users.manage"]})).await.assert_status(200);
}
