//! What still works while the database is away.

use serde_json::json;

use crate::app::TestApp;

#[tokio::test]
async fn tokens_are_checked_without_the_database() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let (open, ended) = (app.signed_in(&user).await, app.signed_in(&user).await);
    app.log_out(&ended.access).await.assert_status(204);
    app.state().store.close().await;

    assert!(app.is_active(&open.access).await);
    assert!(!app.is_active(&ended.access).await);
    app.get("/.well-known/jwks.json").send().await.assert_status(200);
    app.get("/livez").send().await.assert_status(200);
}

#[tokio::test]
async fn what_needs_the_database_is_unavailable_and_says_when_to_come_again() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let tokens = app.signed_in(&user).await;
    app.state().store.close().await;

    let body = json!({"email": user.email, "password": user.password});
    for reply in [
        app.me(&tokens.access).await,
        app.refresh(&tokens.refresh).await,
        app.log_out(&tokens.access).await,
        app.log_in(&user.email, &user.password).await,
        app.post("/api/v1/users").json(&body).send().await,
        app.get("/readyz").send().await,
    ] {
        reply.assert_problem(503, "server.unavailable");
        assert!(!reply.header("retry-after").is_empty());
    }
}

#[tokio::test]
async fn until_revocations_were_read_once_no_token_is_believed() {
    let home = crate::app::Home::new().await;
    let first = TestApp::start_in(home.clone(), |_| ()).await;
    let tokens = first.signed_in(&first.user().await).await;
    // Another database without tables: what has ended cannot be read there.
    let empty = service_kit::testing::TestDatabase::create().await;
    let blind = TestApp::start_in(home, |config| {
        config.migrate = false;
        config.database_url = empty.url().to_owned().into();
    })
    .await;
    blind.me(&tokens.access).await.assert_problem(503, "auth.unavailable");
    let (id, secret) = crate::app::CLIENT;
    let ask = blind.post("/oauth2/introspect").basic(id, secret).form(&[("token", &tokens.access)]);
    ask.send().await.assert_problem(503, "server.unavailable");
}
