//! `GET /api/v1/permissions/{name}`.

use serde_json::json;
use service_kit::testing::TestReply;

use super::holder;
use crate::app::{SignedIn, TestApp};

async fn check(app: &TestApp, tokens: &SignedIn, name: &str) -> TestReply {
    app.get(&format!("/api/v1/permissions/{name}")).bearer(&tokens.access).send().await
}

#[tokio::test]
async fn a_permission_is_allowed_to_those_whose_roles_have_it() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let (_, editor) = holder(&app, &admin, "editor").await;
    for (tokens, name, allowed) in [
        (&admin, "roles.manage", true),
        (&admin, "films.write", false),
        (&editor, "films.write", true),
        (&editor, "roles.manage", false),
        (&editor, "films.play_subscription", false),
    ] {
        assert_eq!(check(&app, tokens, name).await.assert_status(200), json!({"allowed": allowed}), "{name}");
    }
}

#[tokio::test]
async fn an_unknown_permission_is_not_found() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    for name in ["films.fly", "admin", "Films.write", "films.write%20", "films%2Fwrite", "%D0%B0"] {
        check(&app, &admin, name).await.assert_problem(404, "auth.permission_not_found");
    }
}

#[tokio::test]
async fn a_check_needs_an_active_token_and_no_database() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let ended = app.signed_in(&app.user().await).await;
    app.log_out(&ended.access).await.assert_status(204);
    check(&app, &ended, "films.write").await.assert_problem(401, "auth.token_invalid");
    app.get("/api/v1/permissions/films.write").send().await.assert_problem(401, "auth.token_missing");

    app.state().store.close().await;
    assert_eq!(check(&app, &admin, "roles.manage").await.assert_status(200), json!({"allowed": true}));
}
