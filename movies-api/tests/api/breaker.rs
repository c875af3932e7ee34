//! The breaker before auth-service: who can open it, what happens while it is open, and how it closes.

use std::time::Duration;

use futures_util::StreamExt;
use serde_json::{Value, json};
use service_kit::testing::eventually;

use crate::app::TestApp;
use crate::auth_stand_in::Failure;

async fn viewer(app: &TestApp, token: &str) -> Value {
    app.read("/api/v1/films?page_size=1", Some(token)).await.assert_status(200)["viewer"].clone()
}

async fn auth_status(app: &TestApp) -> Value {
    app.body("/api/v1/status").await["auth"].clone()
}

#[tokio::test]
async fn ten_thousand_bad_tokens_leave_it_closed() {
    let app = TestApp::start().await;
    let statuses = futures_util::stream::iter(0..10_000)
        .map(|number| {
            let request = app.get("/api/v1/genres/noir").bearer(&format!("bad.{number}.token"));
            async move { request.send().await.status.as_u16() }
        })
        .buffer_unordered(32)
        .collect::<Vec<_>>()
        .await;

    assert!(statuses.iter().all(|status| *status == 401), "every one is refused, none is served as anonymous");
    let auth = auth_status(&app).await;
    assert_eq!((&auth["breaker"], &auth["status"]), (&json!("closed"), &json!("pass")), "{auth}");
    assert_eq!(viewer(&app, &app.aged(30)).await, json!({"mode": "member"}));
}

#[tokio::test]
async fn callers_who_are_refused_or_wrong_leave_it_closed() {
    let app = TestApp::start().await;
    let member = app.aged(30);

    for number in 0..50 {
        app.get("/api/v1/films/changes").bearer(&member).send().await.assert_problem(403, "auth.forbidden");
        app.get("/api/v1/films?page=0").bearer(&member).send().await.assert_problem(400, "request.invalid_query");
        app.get("/api/v1/films").bearer("nonsense").send().await.assert_problem(401, "auth.token_invalid");
        assert_eq!(auth_status(&app).await["breaker"], "closed", "round {number}");
    }
}

#[tokio::test]
async fn failures_open_it_and_then_nobody_waits() {
    let app = TestApp::start_with(&["--auth-timeout", "400ms"]).await;
    let token = app.aged(30);
    app.auth.fail(Failure::Hangs).await;
    let mut reasons = Vec::new();
    eventually("the breaker opens", Duration::from_secs(20), async || {
        let viewer = viewer(&app, &token).await;
        assert_eq!(viewer["mode"], "degraded");
        reasons.push(viewer["reason"].as_str().expect("a reason").to_owned());
        viewer["reason"] == "circuit_open"
    })
    .await;

    assert!(reasons.len() <= 6, "five failures in a row are enough: {reasons:?}");
    assert!(reasons[..reasons.len() - 1].iter().all(|reason| reason == "timeout"), "{reasons:?}");
    let asked = app.auth.asked().len();
    let reply = app.read("/api/v1/films", Some(&token)).await;
    assert_eq!(reply.header("degraded"), "auth;reason=circuit_open");
    assert_eq!(reply.header("cache-control"), "private, no-store");
    for _ in 0..50 {
        assert_eq!(viewer(&app, &token).await, json!({"mode": "degraded", "reason": "circuit_open"}));
    }
    let closed = app.get("/api/v1/films/changes").bearer(&token).send().await;
    closed.assert_problem(503, "auth.unavailable");
    assert_eq!(app.auth.asked().len(), asked, "no caller pays for finding out");
}

#[tokio::test]
async fn members_are_members_again_within_a_second() {
    for failure in [Failure::RefusesConnections, Failure::Says503, Failure::SaysGarbage, Failure::ClosesConnection] {
        let app = TestApp::start().await;
        let token = app.aged(30);
        app.auth.fail(failure).await;
        for _ in 0..5 {
            assert_eq!(viewer(&app, &token).await["mode"], "degraded");
        }
        assert_eq!(viewer(&app, &token).await["reason"], "circuit_open", "{failure:?}");

        app.auth.recover();

        eventually("members are members again", Duration::from_secs(1), async || {
            viewer(&app, &token).await["mode"] == "member"
        })
        .await;
        eventually("the breaker is closed", Duration::from_secs(20), async || {
            assert_eq!(viewer(&app, &token).await["mode"], "member");
            auth_status(&app).await["breaker"] == "closed"
        })
        .await;
    }
}

#[tokio::test]
async fn it_finds_out_without_any_caller() {
    let app = TestApp::start().await;
    app.auth.fail(Failure::RefusesConnections).await;

    eventually("the status says so", Duration::from_secs(10), async || !is_reachable(&app).await).await;
    let down = auth_status(&app).await;
    assert_eq!((&down["status"], &down["breaker"]), (&json!("warn"), &json!("open")), "{down}");
    assert_eq!(down["last_error"], "connection_refused");
    assert_eq!(app.body("/api/v1/status").await["status"], "warn");
    app.get("/readyz").send().await.assert_status(200);
    app.get("/livez").send().await.assert_status(200);

    app.auth.recover();
    eventually("the status says so", Duration::from_secs(10), async || is_reachable(&app).await).await;
    assert_eq!(app.body("/api/v1/status").await["status"], "pass");
    assert!(app.auth.asked().is_empty(), "nobody has called");
}

async fn is_reachable(app: &TestApp) -> bool {
    auth_status(app).await["reachable"] == true
}

#[tokio::test]
async fn more_checks_at_once_than_it_lets_through_are_degraded_not_failed() {
    let app = TestApp::start_with(&["--auth-timeout", "2s"]).await;
    let token = app.aged(30);
    app.auth.fail(Failure::Hangs).await;

    let viewers = futures_util::future::join_all((0..100).map(|_| viewer(&app, &token))).await;

    let saturated = viewers.iter().filter(|viewer| viewer["reason"] == "saturated").count();
    assert!(viewers.iter().all(|viewer| viewer["mode"] == "degraded"));
    assert!(saturated >= 100 - 64 - 5, "64 at once are enough: {saturated} of 100 were turned away");
    let asked = app.auth.asked().len();
    assert!(asked <= 64, "{asked}");
}
