//! The circuit breaker before auth-service: its causes, its effects, and its recovery.

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
async fn rejected_and_invalid_requests_leave_it_closed() {
    let app = TestApp::start().await;
    let member = app.aged(30);

    for number in 0..50 {
        app.get("/api/v1/films/changes").bearer(&member).send().await.assert_problem(403, "auth.forbidden");
        app.get("/api/v1/films?page=0").bearer(&member).send().await.assert_problem(422, "request.invalid_fields");
        app.get("/api/v1/films").bearer("nonsense").send().await.assert_problem(401, "auth.token_invalid");
        assert_eq!(auth_status(&app).await["breaker"], "closed", "round {number}");
    }
}

#[tokio::test]
async fn failures_open_it_and_then_no_caller_waits() {
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
    let recorded_calls = app.auth.recorded_calls().len();
    let reply = app.read("/api/v1/films", Some(&token)).await;
    assert_eq!(reply.header("degraded"), "auth;reason=circuit_open");
    assert_eq!(reply.header("cache-control"), "private, no-store");
    for _ in 0..50 {
        assert_eq!(viewer(&app, &token).await, json!({"mode": "degraded", "reason": "circuit_open"}));
    }
    let closed = app.get("/api/v1/films/changes").bearer(&token).send().await;
    closed.assert_problem(503, "auth.unavailable");
    assert_eq!(app.auth.recorded_calls().len(), recorded_calls, "no caller pays for finding out");
}

#[tokio::test]
async fn members_are_members_again_within_a_second() {
    for failure in [Failure::RefusesConnections, Failure::Returns503, Failure::ReturnsHtml, Failure::ClosesConnection] {
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
async fn probes_detect_an_outage_and_its_end_without_any_caller() {
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
    assert!(app.auth.recorded_calls().is_empty(), "there was no caller");
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
    assert!(saturated >= 100 - 64 - 5, "64 at once are enough: {saturated} of 100 were rejected");
    let recorded_calls = app.auth.recorded_calls().len();
    assert!(recorded_calls <= 64, "{recorded_calls}");
}

/// Opens the breaker by an outage.
async fn outage(app: &TestApp, token: &str) {
    app.auth.fail(Failure::ReturnsHtml).await;
    eventually("the breaker opens", Duration::from_secs(20), async || {
        viewer(app, token).await["reason"] == "circuit_open"
    })
    .await;
}

#[tokio::test]
async fn after_an_outage_few_errors_cost_only_those_who_met_them() {
    for (one_in, most_degraded) in [(20, 60), (50, 30), (100, 20)] {
        let app = TestApp::start().await;
        let token = app.aged(30);
        outage(&app, &token).await;
        app.auth.fail_one_in(one_in, Failure::ReturnsHtml); // no error that a retry could hide
        eventually("a member is a member again", Duration::from_secs(20), async || {
            viewer(&app, &token).await["mode"] == "member"
        })
        .await;

        let mut degraded = 0;
        for _ in 0..1000 {
            degraded += u32::from(viewer(&app, &token).await["mode"] != "member");
        }
        assert!(degraded <= most_degraded, "{degraded} of 1000 while one in {one_in} fails");
    }
}

#[tokio::test]
async fn slow_responses_within_the_timeout_are_no_failures() {
    let app = TestApp::start_with(&["--auth-timeout", "2s"]).await;
    let token = app.aged(30);
    app.auth.slow_down(Duration::from_millis(1100));
    for round in 0..3 {
        let viewers = futures_util::future::join_all((0..30).map(|_| viewer(&app, &token))).await;
        assert!(viewers.iter().all(|viewer| viewer["mode"] == "member"), "round {round}: {viewers:?}");
    }
    assert_eq!(auth_status(&app).await["breaker"], "closed");
}

#[tokio::test]
async fn a_server_error_is_retried_once_within_a_budget() {
    let app = TestApp::start().await;
    let token = app.aged(30);
    app.auth.fail_one_in(2, Failure::Returns500);
    for _ in 0..10 {
        assert_eq!(viewer(&app, &token).await["mode"], "member");
    }
    app.auth.fail(Failure::Returns500).await;
    let before = app.auth.recorded_calls().len();
    assert_eq!(viewer(&app, &token).await["reason"], "error_answer");
    assert_eq!(app.auth.recorded_calls().len(), before + 2, "once, not more often");
}

#[tokio::test]
async fn answers_that_name_a_time_to_come_back_pause_the_callers_until_a_good_probe() {
    for failure in [Failure::Returns429, Failure::Returns503] {
        let app = TestApp::start().await;
        let token = app.aged(30);
        app.auth.fail(failure).await;
        for _ in 0..300 {
            assert_eq!(viewer(&app, &token).await["mode"], "degraded");
        }
        let recorded_calls = app.auth.recorded_calls().len();
        assert!(recorded_calls <= 40, "{failure:?}: {recorded_calls} calls");

        app.auth.recover();
        eventually("the probe ends the pause", Duration::from_secs(4), async || {
            viewer(&app, &token).await["mode"] == "member"
        })
        .await;
    }
}

#[tokio::test]
async fn a_single_retry_after_pauses_no_other_caller() {
    let app = TestApp::start().await;
    let token = app.aged(30);
    app.auth.fail_one_in(3, Failure::Returns429);
    let mut members = 0;
    for _ in 0..90 {
        members += u32::from(viewer(&app, &token).await["mode"] == "member");
    }
    assert!(members >= 55, "{members} of 90");
}
