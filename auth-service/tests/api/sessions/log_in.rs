//! `POST /api/v1/sessions`.

use std::time::Duration;

use serde_json::{Value, json};
use service_kit::testing::eventually;

use crate::app::{SignedIn, TestApp, unique_email};

/// The problem without its request id, which differs between any two replies.
fn without_request_id(mut problem: Value) -> Value {
    problem.as_object_mut().unwrap().remove("request_id");
    problem
}

#[tokio::test]
async fn the_right_password_opens_a_session() {
    let app = TestApp::start().await;
    let user = app.user_with(json!({"birth_date": "2008-01-01", "region": "RU-MOW"})).await;
    let reply = app.log_in(&user.email, &user.password).await;
    let body = reply.assert_status(201);
    assert_eq!(body["user"]["id"], user.id);
    assert_eq!(body["tokens"]["token_type"], "Bearer");
    assert_eq!(body["tokens"]["expires_in"], 600);
    assert_eq!(body["tokens"]["refresh_expires_in"], 30 * 24 * 3600);
    assert!(body["tokens"]["refresh_token"].as_str().unwrap().starts_with("mqr_"));
    assert!(reply.header("cache-control").contains("no-store"));
    app.me(&SignedIn::from(&body).access).await.assert_status(200);
}

#[tokio::test]
async fn an_unknown_email_and_a_wrong_password_get_the_same_answer() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let wrong = app.log_in(&user.email, "four cats on a sofa").await;
    let unknown = app.log_in(&unique_email(), "three cats on a sofa").await;
    let no_address = app.log_in("anna", "three cats on a sofa").await;
    let expected = without_request_id(wrong.assert_problem(401, "auth.wrong_credentials"));
    for other in [unknown, no_address] {
        assert_eq!(without_request_id(other.assert_problem(401, "auth.wrong_credentials")), expected);
        let names = |reply: &service_kit::testing::TestReply| {
            let mut names: Vec<_> = reply.headers.keys().map(ToString::to_string).collect();
            names.sort();
            names
        };
        assert_eq!(names(&other), names(&wrong));
    }
}

#[tokio::test]
async fn an_unknown_email_costs_as_much_as_a_wrong_password() {
    let app = TestApp::start().await;
    let user = app.user().await;
    // The fastest of several, so that pauses of the machine do not decide.
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..9 {
        for (list, email) in times.iter_mut().zip([user.email.clone(), unique_email()]) {
            let start = std::time::Instant::now();
            app.log_in(&email, "four cats on a sofa").await.assert_problem(401, "auth.wrong_credentials");
            list.push(start.elapsed().as_secs_f64());
        }
    }
    let [known, unknown] = times.map(|list| list.into_iter().fold(f64::INFINITY, f64::min));
    assert!(unknown > known * 0.5 && unknown < known * 2.0, "known {known} s, unknown {unknown} s");
}

#[tokio::test]
async fn a_session_remembers_its_device() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let body = json!({
        "email": user.email, "password": user.password, "device": {"kind": "tv", "name": "Living room"}
    });
    let reply = app.post("/api/v1/sessions").json(&body).send().await.assert_status(201);
    let id = SignedIn::from(&reply).session.parse().unwrap();
    let session = app.state().store.find_session(id).await.unwrap().unwrap();
    assert_eq!(session.device.name, "Living room");
    assert_eq!(session.device.kind, contracts::auth::devices::DeviceKind::Tv);
}

#[tokio::test]
async fn a_device_with_an_impossible_name_or_kind_is_refused() {
    let app = TestApp::start().await;
    for device in [json!({"kind": "toaster"}), json!({"name": "x".repeat(65)})] {
        let body = json!({"email": "a@example.org", "password": "three cats", "device": device});
        app.post("/api/v1/sessions").json(&body).send().await.assert_problem(422, "request.invalid_fields");
    }
}

#[tokio::test]
async fn many_sign_ins_of_one_user_at_once_all_work() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let replies = futures_util::future::join_all((0..8).map(|_| app.log_in(&user.email, &user.password))).await;
    let sessions: std::collections::HashSet<_> =
        replies.iter().map(|reply| SignedIn::from(&reply.assert_status(201)).session).collect();
    assert_eq!(sessions.len(), 8);
}

#[tokio::test]
async fn a_failed_sign_in_is_in_the_history() {
    let app = TestApp::start().await;
    let user = app.user().await;
    app.log_in(&user.email, "four cats on a sofa").await.assert_problem(401, "auth.wrong_credentials");
    let id = user.id.parse().unwrap();
    eventually("the sign-in is recorded", Duration::from_secs(10), async || app.count_sign_ins(id).await == 1).await;
}

#[tokio::test]
async fn a_closed_account_looks_like_a_wrong_password_and_its_sessions_end() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let tokens = app.signed_in(&user).await;
    app.home.sql("UPDATE users SET status = 1").await;
    app.log_in(&user.email, &user.password).await.assert_problem(401, "auth.wrong_credentials");
    app.refresh(&tokens.refresh).await.assert_problem(401, "auth.refresh_token_invalid");
    assert!(!app.is_active(&tokens.access).await);
}

#[tokio::test]
async fn tokens_and_sessions_survive_a_move_to_another_cell() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let tokens = app.signed_in(&user).await;
    app.home.sql("UPDATE users SET cell = 5").await;
    app.home.sql("UPDATE user_directory SET cell = 5").await;
    app.me(&tokens.access).await.assert_status(200);
    let next = SignedIn::from(&app.refresh(&tokens.refresh).await.assert_status(200));
    app.me(&next.access).await.assert_status(200);
    app.signed_in(&user).await;
}
