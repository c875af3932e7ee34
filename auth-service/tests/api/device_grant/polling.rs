//! Answers to a device that polls.

use std::time::Duration;

use serde_json::json;
use service_kit::testing::TestReply;

use super::{Codes, GRANT, TV, approve, assert_error, decide, enter, poll, request, start, tokens_of};
use crate::app::TestApp;
use crate::pages::browser::Browser;

const INTERVAL: Duration = Duration::from_secs(5);

#[tokio::test]
async fn the_codes_have_the_shape_of_the_standard() {
    let app = TestApp::start().await;
    let reply = app.post("/oauth2/device_authorization").form(&[TV]).send().await;
    let body = reply.assert_status(200);
    assert_eq!((&body["expires_in"], &body["interval"]), (&json!(600), &json!(5)));
    assert_eq!(body["verification_uri"], "http://auth.test/activate");
    let user = body["user_code"].as_str().unwrap();
    assert_eq!(body["verification_uri_complete"], format!("http://auth.test/activate?code={user}"));
    assert!(body["device_code"].as_str().unwrap().starts_with("mqd_"));
    assert!(reply.header("cache-control").contains("no-store"));
}

#[tokio::test]
async fn a_device_waits_until_its_code_is_approved_and_is_signed_in_then() {
    let app = TestApp::start().await;
    let codes = start(&app).await;
    assert_eq!(assert_error(&poll(&app, &codes).await, "authorization_pending")["claimed"], false);
    let mut browser = Browser::signed_in(&app, &app.user().await).await;
    enter(&mut browser, &codes.user).await;
    app.advance(INTERVAL);
    assert_eq!(assert_error(&poll(&app, &codes).await, "authorization_pending")["claimed"], true);
    approve(&mut browser, &codes).await;
    let tokens = tokens_of(&poll(&app, &codes).await);
    app.me(&tokens.access).await.assert_status(200);
    app.refresh(&tokens.refresh).await.assert_status(200);
}

#[tokio::test]
async fn a_refused_device_is_told_so() {
    let app = TestApp::start().await;
    let codes = start(&app).await;
    let mut browser = Browser::signed_in(&app, &app.user().await).await;
    decide(&mut browser, &codes, "deny").await;
    for _ in 0..3 {
        assert_error(&poll(&app, &codes).await, "access_denied");
    }
}

#[tokio::test]
async fn a_code_ends_after_ten_minutes_and_one_that_was_approved_in_the_last_second_is_still_good() {
    let app = TestApp::start().await;
    let (late, expired) = (start(&app).await, start(&app).await);
    let mut browser = Browser::signed_in(&app, &app.user().await).await;
    app.advance(Duration::from_secs(598));
    approve(&mut browser, &late).await;
    app.advance(Duration::from_secs(3));
    poll(&app, &late).await.assert_status(200);
    assert_error(&poll(&app, &expired).await, "expired_token");
    assert_eq!(enter(&mut browser, &expired.user).await.status, 404);
}

#[tokio::test]
async fn codes_of_others_and_texts_that_are_none_are_invalid() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let fields = json!({"client_id": "web", "kind": "public", "grants": ["device_code", "refresh_token"]});
    app.post("/api/v1/clients").bearer(&admin.access).json(&fields).send().await.assert_status(201);
    let codes = start(&app).await;
    let mut browser = Browser::signed_in(&app, &app.user().await).await;
    approve(&mut browser, &codes).await;
    let of_another = [GRANT, ("client_id", "web"), ("device_code", codes.device.as_str())];
    assert_error(&app.post("/oauth2/token").form(&of_another).send().await, "invalid_grant");
    let long = format!("mqd_{}", "A".repeat(124));
    for text in ["x", "mqd_", &long, &codes.user] {
        let form = [GRANT, TV, ("device_code", text)];
        assert_error(&app.post("/oauth2/token").form(&form).send().await, "invalid_grant");
    }
    assert_error(&app.post("/oauth2/token").form(&[GRANT, TV]).send().await, "invalid_request");
    poll(&app, &codes).await.assert_status(200);
}

#[tokio::test]
async fn a_client_without_the_grant_gets_no_code() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let fields = json!({"client_id": "web", "kind": "public", "grants": ["refresh_token"]});
    app.post("/api/v1/clients").bearer(&admin.access).json(&fields).send().await.assert_status(201);
    let ask = async |form: &[(&str, &str)]| app.post("/oauth2/device_authorization").form(form).send().await;
    assert_error(&ask(&[("client_id", "web")]).await, "unauthorized_client");
    assert_error(&ask(&[TV, ("scope", "films")]).await, "invalid_scope");
    assert_error(&ask(&[TV, ("resource", "https://films.example")]).await, "invalid_target");
    ask(&[("client_id", "nobody")]).await.assert_problem(401, "auth.client_rejected");
    ask(&[TV, TV]).await.assert_problem(400, "request.invalid_fields");
    let name = "x".repeat(65);
    ask(&[TV, ("device_name", &name)]).await.assert_problem(400, "request.invalid_fields");
}

/// Polls every `step` for a minute, while the code is approved after half of it; the answers until the first success.
async fn polls(app: &TestApp, codes: &Codes, browser: &mut Browser<'_>, step: Duration) -> Vec<TestReply> {
    let (mut replies, mut elapsed, mut approved) = (Vec::new(), Duration::ZERO, false);
    while elapsed < Duration::from_secs(60) {
        if !approved && elapsed >= Duration::from_secs(30) {
            approve(browser, codes).await;
            approved = true;
        }
        let reply = poll(app, codes).await;
        let is_done = reply.status == 200;
        replies.push(reply);
        if is_done {
            break;
        }
        app.advance(step);
        elapsed += step;
    }
    replies
}

#[tokio::test]
async fn devices_that_poll_every_5_4_9_and_1_seconds_all_get_their_tokens_at_the_first_poll_after_the_approval() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let mut browser = Browser::signed_in(&app, &user).await;
    for (step, slow_downs) in [(5000, 0), (4900, 0), (1000, 22)] {
        let codes = start(&app).await;
        let replies = polls(&app, &codes, &mut browser, Duration::from_millis(step)).await;
        replies.last().unwrap().assert_status(200);
        assert_eq!(replies.len() as u64, 30_000_u64.div_ceil(step) + 1, "{step}");
        let slow = replies.iter().filter(|reply| reply.text().contains("slow_down")).count();
        assert_eq!(slow, slow_downs, "{step}");
    }
}

#[tokio::test]
async fn a_device_that_prefers_to_wait_is_answered_when_its_code_is_approved() {
    let app = TestApp::start().await;
    let codes = start(&app).await;
    let mut browser = Browser::signed_in(&app, &app.user().await).await;
    let waiting = request(&app, &codes).header("prefer", "wait=25").send();
    let approving = approve(&mut browser, &codes);
    let (reply, ()) = tokio::join!(waiting, approving);
    reply.assert_status(200);
}

#[tokio::test]
async fn a_wait_that_ends_without_a_decision_is_answered_as_pending() {
    let app = TestApp::start().await;
    let codes = start(&app).await;
    for _ in 0..2 {
        let reply = request(&app, &codes).header("prefer", "respond-async, wait=1").send().await;
        assert_error(&reply, "authorization_pending");
        app.advance(INTERVAL);
    }
}

#[tokio::test]
async fn a_device_beyond_its_limit_is_told_to_slow_down_and_never_429() {
    use auth_service::limits::LIMITS;
    use service_kit::server::limits::LimitsConfig;
    let app = TestApp::start_with(|config| config.limits = LimitsConfig::of(&LIMITS)).await;
    let codes = start(&app).await;
    let mut slow = 0;
    for _ in 0..80 {
        let reply = poll(&app, &codes).await;
        assert_eq!(reply.status, 400, "{}", reply.text());
        slow += usize::from(reply.text().contains("slow_down"));
    }
    assert_eq!(slow, 79);
    let other = start(&app).await;
    assert_error(&poll(&app, &other).await, "authorization_pending");
}

#[tokio::test]
async fn while_50_000_devices_wait_no_other_one_gets_a_code() {
    let app = TestApp::start().await;
    let columns = "device_hash, user_mac, client_id, device_kind, device_name, created_at, expires_at";
    let rest = "'marquee', 1, '', '2026-01-01 00:00:00+00:00', '2126-01-01 00:00:00+00:00'";
    let rows = if app.state().store.is_embedded() {
        let numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000)";
        format!("{numbers} SELECT randomblob(32), randomblob(32), {rest} FROM n")
    } else {
        let bytes = "decode(md5(i::text) || md5(i::text), 'hex')";
        format!("SELECT {bytes}, {bytes}, {rest} FROM generate_series(1, 50000) i").replace("'2", "timestamptz '2")
    };
    app.home.sql(&format!("INSERT INTO device_authorizations ({columns}) {rows}")).await;
    let reply = app.post("/oauth2/device_authorization").form(&[TV]).send().await;
    let body = reply.assert_problem(503, "auth.too_many_device_codes");
    assert_eq!(body["error"], "temporarily_unavailable");
    assert!(!reply.header("retry-after").is_empty());
    app.home.sql("DELETE FROM device_authorizations WHERE device_name = ''").await;
    start(&app).await;
}
