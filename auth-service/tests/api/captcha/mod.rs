//! Captchas: the requests that need one, and the rules while captcha-service is unavailable.

mod log_in;
mod published;
mod published_answers;
mod reset;
mod sign_up;
pub mod stand_in;
mod unavailable;

use std::time::Duration;

use serde_json::{Value, json};
use service_kit::testing::TestReply;

use crate::app::{TestApp, TestUser, unique_email};
use crate::limits::limited;
use stand_in::StandIn;

pub const BOUND: Duration = Duration::from_secs(60);
pub const WRONG: &str = "four cats on a sofa";

/// A service with a stand-in of captcha-service that assesses every request as `decision`.
pub async fn start(decision: &'static str) -> (TestApp, StandIn) {
    let captcha = StandIn::start(decision);
    (TestApp::start_with(captcha.settings()).await, captcha)
}

/// The same with enforced limits.
pub async fn start_limited(decision: &'static str) -> (TestApp, StandIn) {
    let captcha = StandIn::start(decision);
    let (captcha_settings, limits) = (captcha.settings(), limited("", None));
    let app = TestApp::start_with(move |config| {
        captcha_settings(config);
        limits(config);
    });
    (app.await, captcha)
}

/// Signs a user up; from then on the stand-in decides `decision`.
pub async fn member(app: &TestApp, captcha: &StandIn, decision: &'static str) -> TestUser {
    let (email, password) = (unique_email(), "three cats on a sofa".to_owned());
    let reply = sign_up_passed(app, captcha, json!({"email": email})).await.assert_status(201);
    captcha.decides(decision);
    TestUser { id: reply["user"]["id"].as_str().unwrap().to_owned(), email, password }
}

/// A sign-up with a fresh pass.
pub async fn sign_up_passed(app: &TestApp, captcha: &StandIn, mut more: Value) -> TestReply {
    let pass = unique_email();
    captcha.pass(&pass, "sign_up");
    (more["captcha_token"], more["captcha_device_token"]) = (pass.into(), stand_in::DEVICE.into());
    sign_up(app, more).await
}

/// A sign-in with additional fields.
pub async fn log_in(app: &TestApp, email: &str, password: &str, more: Value) -> TestReply {
    let mut body = json!({"email": email, "password": password});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    app.post("/api/v1/sessions").json(&body).send().await
}

/// A sign-up of a new user, with additional fields.
pub async fn sign_up(app: &TestApp, more: Value) -> TestReply {
    let mut body = json!({"email": unique_email(), "password": "three cats on a sofa"});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    app.post("/api/v1/users").json(&body).send().await
}

/// Sends wrong passwords until they count as guessing, from a device that captcha-service allows.
pub async fn guess(app: &TestApp, captcha: &StandIn, email: &str) {
    let before = captcha.decides("allow");
    for _ in 0..3 {
        app.log_in(email, WRONG).await.assert_problem(401, "auth.wrong_credentials");
    }
    captcha.decides(before);
}

/// Status, problem and header names of a reply, without the parts that differ between any two replies.
pub fn comparable(reply: &TestReply) -> (u16, Value, Vec<String>) {
    let mut problem = reply.json();
    problem.as_object_mut().unwrap().remove("request_id");
    let mut names: Vec<_> = reply.headers.keys().map(ToString::to_string).collect();
    names.sort();
    (reply.status.as_u16(), problem, names)
}
