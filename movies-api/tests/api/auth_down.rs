//! movies-api while auth-service is unreachable or rejects it.

use std::time::Duration;

use service_kit::testing::eventually;

use crate::app::{TestApp, titles};
use crate::auth_stand_in::Failure;

#[tokio::test]
async fn the_catalogue_is_served_and_stays_ready_without_auth_service() {
    let app = TestApp::start_with(&["--auth-url", "http://127.0.0.1:9"]).await;

    app.get("/readyz").send().await.assert_status(200);
    assert_eq!(titles(&app.body("/api/v1/films").await).len(), 20);
    let reply = app.read("/api/v1/films", Some("some.good.token")).await;
    assert_eq!(reply.assert_status(200)["viewer"]["mode"], "degraded");
    eventually("the status says so", Duration::from_secs(10), async || {
        app.body("/api/v1/status").await["auth"]["reachable"] == false
    })
    .await;
    app.get("/readyz").send().await.assert_status(200);
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_an_outage_like_others() {
    let app = TestApp::start_with(&["--auth-url", "http://auth.invalid:8001", "--auth-timeout", "2s"]).await;

    let reply = app.read("/api/v1/films", Some("some.good.token")).await;

    let viewer = reply.assert_status(200)["viewer"].clone();
    assert_eq!(viewer["mode"], "degraded");
    assert!(viewer["reason"] == "unreachable" || viewer["reason"] == "timeout", "{viewer}");
}

#[tokio::test]
async fn a_wrong_client_secret_is_reported_everywhere() {
    let app = TestApp::start_with(&["--auth-client-secret", "not the secret"]).await;
    let token = app.editor();

    let reply = app.read("/api/v1/films", Some(&token)).await;

    assert_eq!(reply.assert_status(200)["viewer"]["reason"], "misconfigured");
    assert_eq!(reply.header("degraded"), "auth;reason=misconfigured");
    app.get("/api/v1/films/changes").bearer(&token).send().await.assert_problem(503, "auth.unavailable");
    let auth = app.body("/api/v1/status").await["auth"].clone();
    assert_eq!((&auth["status"], &auth["reachable"]), (&"warn".into(), &false.into()), "no token is checked: {auth}");
    assert_eq!(auth["last_error"], "misconfigured");
}

#[tokio::test]
async fn a_client_secret_that_works_again_is_reported_too() {
    let app = TestApp::start().await;
    let token = app.aged(30);
    app.auth.fail(Failure::RejectsClient).await;
    let viewer = app.read("/api/v1/films", Some(&token)).await.assert_status(200)["viewer"].clone();
    assert_eq!(viewer["reason"], "misconfigured");

    app.auth.recover();

    let viewer = app.read("/api/v1/films", Some(&token)).await.assert_status(200)["viewer"].clone();
    assert_eq!(viewer["mode"], "member");
    let auth = app.body("/api/v1/status").await["auth"].clone();
    assert_eq!((&auth["status"], &auth["reachable"]), (&"pass".into(), &true.into()), "{auth}");
}
