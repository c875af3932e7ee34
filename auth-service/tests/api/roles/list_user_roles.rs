//! `GET /api/v1/users/{user_id}/roles`.

use contracts::ids::UserId;
use reqwest::Method;
use serde_json::json;

use super::create;
use crate::app::TestApp;

#[tokio::test]
async fn the_roles_of_a_user_are_listed_with_their_permissions() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let user = app.proved_user().await;
    let list = || app.get(&format!("/api/v1/users/{}/roles", user.id)).bearer(&admin.access).send();
    assert_eq!(list().await.assert_status(200), json!({"items": []}));
    create(&app, &admin, "curator", &["films.write"]).await.assert_status(201);
    for role in ["subscriber", "curator"] {
        app.change_role(Method::PUT, &admin, &user.id, role).await.assert_status(204);
    }
    let body = list().await.assert_status(200);
    assert_eq!((&body["items"][0]["name"], &body["items"][1]["name"]), (&json!("curator"), &json!("subscriber")));
    assert_eq!(body["items"][0]["permissions"], json!(["films.write"]));
}

#[tokio::test]
async fn only_those_who_manage_roles_see_them() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let user = app.user().await;
    let tokens = app.signed_in(&user).await;
    let own = format!("/api/v1/users/{}/roles", user.id);
    app.get(&own).bearer(&tokens.access).send().await.assert_problem(403, "auth.forbidden");
    let unknown = format!("/api/v1/users/{}/roles", UserId::new());
    app.get(&unknown).bearer(&admin.access).send().await.assert_problem(404, "auth.user_not_found");
}
