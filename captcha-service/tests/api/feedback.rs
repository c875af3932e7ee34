//! `POST /api/v1/captcha/feedback`.

use serde_json::{Value, json};

use crate::app::{SECRET, TestApp};

async fn risk(app: &TestApp, device: &str) -> Value {
    app.assess(json!({"action": "log_in", "device_id": device})).await["risk"].clone()
}

#[actix_web::test]
async fn wrong_passwords_after_a_pass_count_once_each() {
    for app in [TestApp::start().await, TestApp::sealed().await] {
        let (pass, device) = app.pass(json!({})).await;
        let verdict = app.verify(json!({"secret": SECRET, "response": pass})).await;
        let before = risk(&app, &device).await.as_u64().unwrap();
        for _ in 0..3 {
            let outcome = json!({"token_id": verdict["token_id"], "outcome": "bad_password"});
            app.report_outcome(outcome).await.assert_status(204);
        }
        app.report_outcome(json!({"token": pass, "outcome": "bad_password"})).await.assert_status(204);
        assert_eq!(risk(&app, &device).await, before + 10);
    }
}

#[actix_web::test]
async fn an_outcome_of_an_unredeemed_or_unknown_pass_changes_nothing() {
    let app = TestApp::start().await;
    let (pass, device) = app.pass(json!({})).await;
    let before = risk(&app, &device).await;
    app.report_outcome(json!({"token": pass, "outcome": "fraud"})).await.assert_status(204);
    for id in ["x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        app.report_outcome(json!({"token_id": id, "outcome": "fraud"})).await.assert_status(204);
    }
    app.report_outcome(json!({"outcome": "fraud"})).await.assert_status(204);
    assert_eq!(risk(&app, &device).await, before);
}

#[actix_web::test]
async fn only_registered_services_may_report() {
    let app = TestApp::start().await;
    let outcome = app.post("/api/v1/captcha/feedback").json(&json!({"outcome": "fraud"})).send().await;
    outcome.assert_problem(401, "auth.client_rejected");
}
