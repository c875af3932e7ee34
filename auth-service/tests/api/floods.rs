//! Floods of one kind of request: bodies, cookies and passwords that are too large, and sign-ups without end. What floods
//! the threads that hash is in `attempts/flood.rs`, what floods a mailbox in `addresses/`.

use std::time::Duration;

use contracts::auth::oauth::{AuthorizeDevice, GrantTokens, Introspect, RevokeToken};
use contracts::endpoint::Endpoint;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::app::{TestApp, unique_email};
use crate::limits::limited;
use crate::pages::browser::{Browser, PageReply};
use crate::requests::{begin, calls};

/// More than any endpoint takes.
const TOO_LARGE: usize = 300 * 1024;

/// Operations that read a body, by the published document.
fn with_body() -> Vec<String> {
    let (_, text) = contracts::published::AUTH.iter().find(|(name, _)| *name == "openapi.json").unwrap();
    let document: Value = serde_json::from_str(text).unwrap();
    let operations =
        document["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values());
    let reading = operations.filter(|operation| operation["requestBody"].is_object());
    reading.map(|operation| operation["operationId"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_by_every_endpoint() {
    let app = TestApp::start().await;
    let reading = with_body();
    let mut tried = Vec::new();
    for (endpoint, path, credentials) in calls(&app).await {
        if !reading.iter().any(|id| id == endpoint.id) {
            continue;
        }
        let request = begin(&app, endpoint, &path).header("authorization", &credentials);
        let large = "a".repeat(TOO_LARGE);
        let reply = match endpoint.id {
            Introspect::ID | AuthorizeDevice::ID | GrantTokens::ID | RevokeToken::ID => {
                request.form(&[("token", large.as_str())]).send().await
            }
            _ => request.json(&json!({"email": large, "password": large})).send().await,
        };
        reply.assert_problem(413, "request.body_too_large");
        tried.push(endpoint.id);
    }
    assert_eq!(tried.len(), reading.len(), "{tried:?} of {reading:?}");
    app.get("/livez").send().await.assert_status(200);
}

#[tokio::test]
async fn a_password_that_none_can_be_costs_no_hash() {
    // Whatever hashes is answered by 503 here.
    let app = TestApp::start_with(|config| config.hashing.deadline = Duration::ZERO).await;
    let long = "x".repeat(257);
    for (path, body) in [
        ("/api/v1/users", json!({"email": unique_email(), "password": long})),
        ("/api/v1/users", json!({"email": unique_email(), "password": "x".repeat(200_000)})),
        ("/api/v1/sessions", json!({"email": unique_email(), "password": long})),
        ("/api/v1/sessions", json!({"email": unique_email(), "password": ""})),
        ("/api/v1/password-resets/01960000-0000-7000-8000-0000000000b3", json!({"code": "01234567", "password": long})),
    ] {
        app.post(path).json(&body).send().await.assert_problem(422, "request.invalid_fields");
    }
    // A wrong code is found before anything is hashed.
    let body = json!({"code": "01234567", "password": "three cats on a sofa"});
    let reset = "/api/v1/password-resets/01960000-0000-7000-8000-0000000000b3";
    app.post(reset).json(&body).send().await.assert_problem(400, "auth.code_invalid");
}

#[tokio::test]
async fn many_large_and_broken_cookies_cost_a_request_and_no_more() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let mut member = Browser::signed_in(&app, &user).await;
    let own = member.cookies.clone();
    for number in 0..200 {
        member.cookies.insert(format!("__Host-marquee-form-{number:08}"), "A".repeat(43));
        member.cookies.insert(format!("__Host-marquee-social-{number:08}"), "A".repeat(20));
    }
    let status = member.get("/account").await.status.as_u16();
    assert!([200, 303].contains(&status), "{status}");
    let ask = async |cookie: String| app.get("/account").header("cookie", &cookie).send().await;
    for cookie in ["a=b; ".repeat(12_000), "=".repeat(40_000), format!("__Host-marquee={}", "A".repeat(60_000))] {
        ask(cookie).await.assert_asks_to_sign_in();
    }
    for cookie in ["a=b; ".repeat(20_000), format!("__Host-marquee={}", "A".repeat(70_000))] {
        ask(cookie).await.assert_problem(431, "request.headers_too_large");
    }
    member.cookies = own;
    assert_eq!(member.get("/account").await.status, 200);
}

#[tokio::test]
async fn a_network_opens_twenty_accounts_at_once_and_then_ten_an_hour() {
    let app = TestApp::start_with(limited("", None)).await;
    let sign_up = async |host: usize| {
        let body = json!({"email": unique_email(), "password": "three cats on a sofa"});
        let request = app.post("/api/v1/users").header("x-forwarded-for", &format!("2001:db8:5:6::{host:x}"));
        request.json(&body).send().await
    };
    let replies = join_all((0..60).map(sign_up)).await;
    let made = replies.iter().filter(|reply| reply.status == 201).count();
    assert_eq!(made, 20, "a burst");
    for reply in replies.iter().filter(|reply| reply.status != 201) {
        let problem = reply.assert_problem(429, "request.rate_limited");
        assert!(problem["violated-policies"].as_array().unwrap().contains(&json!("sign_up")), "{problem}");
    }
    assert_eq!(app.number("SELECT count(*) FROM users").await, 20);
}
