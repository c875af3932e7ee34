//! `POST /api/v1/password-resets` with a captcha: it sends a mail, so it always takes a pass.

use serde_json::{Value, json};
use service_kit::testing::TestReply;

use super::stand_in::DEVICE;
use super::{comparable, member, start};
use crate::app::{TestApp, unique_email};

async fn ask(app: &TestApp, email: &str, more: Value) -> TestReply {
    let mut body = json!({"email": email});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    app.post("/api/v1/password-resets").json(&body).send().await
}

#[tokio::test]
async fn a_reset_takes_a_pass_of_its_own_action_and_reveals_nothing_before() {
    let (app, captcha) = start("allow").await;
    let user = member(&app, &captcha, "allow").await;
    let known = ask(&app, &user.email, json!({})).await;
    let problem = known.assert_problem(403, "auth.captcha_required");
    assert_eq!(problem["action"], "reset_password");
    assert_eq!(comparable(&known).1["code"], comparable(&ask(&app, &unique_email(), json!({})).await).1["code"]);
    captcha.pass("for signing up", "sign_up");
    captcha.pass("mine", "reset_password");
    let shown = |pass: &str| json!({"captcha_token": pass, "captcha_device_token": DEVICE});
    ask(&app, &user.email, shown("for signing up")).await.assert_problem(403, "auth.captcha_required");
    ask(&app, &user.email, shown("mine")).await.assert_status(202);
    ask(&app, &user.email, shown("mine")).await.assert_problem(403, "auth.captcha_required");
    assert_eq!(app.mails_to(&user.email).await.len(), 1);
}

#[tokio::test]
async fn a_denied_client_and_an_unavailable_captcha_get_no_mail_sent() {
    let (app, mut captcha) = start("deny").await;
    ask(&app, &unique_email(), json!({})).await.assert_problem(429, "captcha.refused");
    captcha.stop().await;
    ask(&app, &unique_email(), json!({})).await.assert_problem(503, "auth.captcha_unavailable");
}
