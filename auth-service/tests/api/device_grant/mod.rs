//! The device grant (RFC 8628): a TV that polls, and a browser in which its code is approved.

mod approval;
mod polling;
mod replicas;
mod sessions;

use serde_json::{Value, json};
use service_kit::testing::{TestReply, TestRequest};

use crate::app::{SignedIn, TestApp};
use crate::pages::browser::{Browser, PageReply};

const GRANT: (&str, &str) = ("grant_type", "urn:ietf:params:oauth:grant-type:device_code");
const TV: (&str, &str) = ("client_id", "marquee");
const ACTIVATE: &str = "/account/activate";
const DECISION: &str = "/account/activate/decision";

/// Codes of a device.
struct Codes {
    device: String,
    user: String,
}

/// Asks for codes, as a TV does.
async fn start(app: &TestApp) -> Codes {
    start_in(app, "RU-MOW").await
}

/// Asks for codes in a region, where the service reads it from this header.
async fn start_in(app: &TestApp, region: &str) -> Codes {
    let form = [TV, ("device_kind", "tv"), ("device_name", "Living room")];
    let request =
        app.post("/oauth2/device_authorization").header("x-region", region).header("x-forwarded-for", "192.0.2.7");
    let body = request.form(&form).send().await.assert_status(200);
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    Codes { device: text("device_code"), user: text("user_code") }
}

/// A poll with the codes of a device.
fn request(app: &TestApp, codes: &Codes) -> TestRequest {
    app.post("/oauth2/token").form(&[GRANT, TV, ("device_code", &codes.device)])
}

async fn poll(app: &TestApp, codes: &Codes) -> TestReply {
    request(app, codes).send().await
}

/// Checks that this is an error in the form of OAuth (RFC 8628 §3.5).
#[track_caller]
fn assert_error(reply: &TestReply, error: &str) -> Value {
    let body = reply.assert_status(400);
    assert_eq!((&body["error"], reply.header("content-type")), (&error.into(), "application/json"), "{body}");
    body
}

/// Tokens of a device that was signed in.
#[track_caller]
fn tokens_of(reply: &TestReply) -> SignedIn {
    SignedIn::from(&json!({"tokens": reply.assert_status(200)}))
}

/// Enters the code.
async fn enter(browser: &mut Browser<'_>, code: &str) -> TestReply {
    browser.fill(ACTIVATE, ACTIVATE, &[("code", code)]).await
}

/// Enters the code and decides.
async fn decide(browser: &mut Browser<'_>, codes: &Codes, decision: &str) -> TestReply {
    let shown = enter(browser, &codes.user).await;
    browser.post(DECISION, &shown.form_token(), &[("code", &codes.user), ("decision", decision)]).await
}

async fn approve(browser: &mut Browser<'_>, codes: &Codes) {
    decide(browser, codes, "approve").await.assert_goes_to("/account/devices?done=device-approved");
}
