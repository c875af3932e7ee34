//! Who is asked for a captcha, and what holds while nobody can be.

mod away;
mod log_in;
mod sign_up;
pub mod stand_in;

use std::time::Duration;

use serde_json::{Value, json};
use service_kit::testing::TestReply;

use crate::app::{TestApp, TestUser, unique_email};
use crate::limits::limited;
use stand_in::StandIn;

pub const BOUND: Duration = Duration::from_secs(60);
pub const WRONG: &str = "four cats on a sofa";

/// A service that asks a stand-in of captcha-service, which says `decision`.
pub async fn start(decision: &'static str) -> (TestApp, StandIn) {
    let captcha = StandIn::start(decision);
    (TestApp::start_with(captcha.asked()).await, captcha)
}

/// The same with limits that refuse.
pub async fn start_limited(decision: &'static str) -> (TestApp, StandIn) {
    let captcha = StandIn::start(decision);
    let (asked, limits) = (captcha.asked(), limited("", None));
    let app = TestApp::start_with(move |config| {
        asked(config);
        limits(config);
    });
    (app.await, captcha)
}

/// Somebody with an account; then the stand-in says `decision`.
pub async fn member(app: &TestApp, captcha: &StandIn, decision: &'static str) -> TestUser {
    let (email, password) = (unique_email(), "three cats on a sofa".to_owned());
    let reply = sign_up_passed(app, captcha, json!({"email": email})).await.assert_status(201);
    captcha.says(decision);
    TestUser { id: reply["user"]["id"].as_str().unwrap().to_owned(), email, password }
}

/// A sign-up with a fresh pass.
pub async fn sign_up_passed(app: &TestApp, captcha: &StandIn, mut more: Value) -> TestReply {
    let pass = unique_email();
    captcha.pass(&pass, "sign_up");
    (more["captcha_token"], more["captcha_device_token"]) = (pass.into(), stand_in::DEVICE.into());
    sign_up(app, more).await
}

/// A sign-in with more to show.
pub async fn log_in(app: &TestApp, email: &str, password: &str, more: Value) -> TestReply {
    let mut body = json!({"email": email, "password": password});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    app.post("/api/v1/sessions").json(&body).send().await
}

/// A sign-up of somebody new, with more to show.
pub async fn sign_up(app: &TestApp, more: Value) -> TestReply {
    let mut body = json!({"email": unique_email(), "password": "three cats on a sofa"});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    app.post("/api/v1/users").json(&body).send().await
}

/// Types wrong passwords until it looks like guessing, on a device that captcha-service finds harmless.
pub async fn guess(app: &TestApp, captcha: &StandIn, email: &str) {
    let before = captcha.says("allow");
    for _ in 0..3 {
        app.log_in(email, WRONG).await.assert_problem(401, "auth.wrong_credentials");
    }
    captcha.says(before);
}

/// Without what differs between any two replies.
pub fn comparable(reply: &TestReply) -> (u16, Value, Vec<String>) {
    let mut problem = reply.json();
    problem.as_object_mut().unwrap().remove("request_id");
    let mut names: Vec<_> = reply.headers.keys().map(ToString::to_string).collect();
    names.sort();
    (reply.status.as_u16(), problem, names)
}
