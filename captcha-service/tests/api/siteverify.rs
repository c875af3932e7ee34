//! `POST /siteverify`.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::{NEW_SECRET, OTHER_SECRET, SECRET, TestApp};

async fn both() -> [TestApp; 2] {
    [TestApp::start().await, TestApp::sealed().await]
}

fn codes(verdict: &Value) -> &Value {
    assert_eq!(verdict["success"], false, "{verdict}");
    &verdict["error-codes"]
}

#[actix_web::test]
async fn a_pass_is_good_once_by_form_or_json_and_by_either_secret() {
    for app in both().await {
        let (pass, _) = app.pass(json!({})).await;
        let form = [("secret", SECRET), ("response", pass.as_str()), ("remoteip", "127.0.0.1"), ("unknown", "x")];
        let verdict = app.post("/siteverify").form(&form).send().await.assert_status(200);
        assert_eq!(verdict["success"], true, "{verdict}");
        for (name, value) in [("hostname", json!("tv")), ("action", json!("log_in")), ("degraded", json!(false))] {
            assert_eq!(verdict[name], value);
        }
        assert!(verdict["challenge_ts"].as_str().unwrap().contains('T') && verdict["score"].is_number());
        let again = app.verify(json!({"secret": SECRET, "response": pass})).await;
        assert_eq!(codes(&again), &json!(["timeout-or-duplicate"]));
        let (pass, _) = app.pass(json!({})).await;
        assert_eq!(app.verify(json!({"secret": NEW_SECRET, "response": pass})).await["success"], true);
    }
}

#[actix_web::test]
async fn what_is_missing_or_wrong_is_said_in_the_words_of_turnstile() {
    let app = TestApp::start().await;
    let (pass, _) = app.pass(json!({})).await;
    let table = [
        (json!({}), "missing-input-secret"),
        (json!({"secret": "", "response": pass}), "missing-input-secret"),
        (json!({"secret": "wrong", "response": pass}), "invalid-input-secret"),
        (json!({"secret": "x".repeat(3000), "response": pass}), "invalid-input-secret"),
        (json!({"secret": SECRET}), "missing-input-response"),
        (json!({"secret": SECRET, "response": "x"}), "invalid-input-response"),
        (json!({"secret": SECRET, "response": "x".repeat(3000)}), "invalid-input-response"),
        (json!({"secret": SECRET, "response": "A".repeat(32)}), "timeout-or-duplicate"),
        (json!({"secret": SECRET, "response": pass, "idempotency_key": "no uuid"}), "bad-request"),
    ];
    for (body, code) in table {
        let verdict = app.verify(body.clone()).await;
        assert_eq!(codes(&verdict), &json!([code]), "{body:.80}");
    }
    assert_eq!(
        app.verify(json!({"secret": SECRET, "response": pass})).await["success"],
        true,
        "none of them used it up"
    );
}

#[actix_web::test]
async fn a_mismatch_uses_the_pass_up() {
    for app in both().await {
        let (_, other_device) = app.pass(json!({})).await;
        let table = [
            (json!({"secret": OTHER_SECRET}), "sitekey-secret-mismatch"),
            (json!({"secret": SECRET, "sitekey": "web"}), "sitekey-secret-mismatch"),
            (json!({"secret": SECRET, "expect_action": "sign_up"}), "action-mismatch"),
            (json!({"secret": SECRET, "expect_action": "no action"}), "action-mismatch"),
            (json!({"secret": SECRET, "expect_device": other_device}), "device-mismatch"),
            (json!({"secret": SECRET, "expect_device": "forged"}), "device-mismatch"),
        ];
        for (mut body, code) in table {
            let (pass, _) = app.pass(json!({})).await;
            body["response"] = pass.clone().into();
            assert_eq!(codes(&app.verify(body).await), &json!([code]));
            let burned = app.verify(json!({"secret": SECRET, "response": pass})).await;
            assert_eq!(codes(&burned), &json!(["timeout-or-duplicate"]), "after {code}");
        }
    }
}

#[actix_web::test]
async fn what_matches_passes() {
    for app in both().await {
        let (pass, device) = app.pass(json!({"action": "sign_up"})).await;
        let body = json!({
            "secret": SECRET, "response": pass, "sitekey": "tv", "expect_action": "sign_up", "expect_device": device,
            "remoteip": "203.0.113.9",
        });
        let verdict = app.verify(body).await;
        assert_eq!((&verdict["success"], &verdict["score-reason"]), (&json!(true), &json!(["address_changed"])));
    }
}

#[actix_web::test]
async fn the_same_question_with_the_same_key_gets_the_same_verdict_for_a_minute() {
    for app in both().await {
        for action in ["log_in", "sign_up"] {
            let (pass, _) = app.pass(json!({})).await;
            let key = Uuid::new_v4().to_string();
            let body = json!({
                "secret": SECRET, "response": pass, "idempotency_key": key, "expect_action": action,
            });
            let first = app.verify(body.clone()).await;
            assert_eq!(first["success"], action == "log_in");
            app.pass_time(59.0);
            assert_eq!(app.verify(body.clone()).await["error-codes"], first["error-codes"], "asked again");
            let mut other = body.clone();
            other["idempotency_key"] = Uuid::new_v4().to_string().into();
            assert_eq!(codes(&app.verify(other).await), &json!(["timeout-or-duplicate"]), "another key");
            let mut other = body.clone();
            other["expect_action"] = "other".into();
            assert_eq!(codes(&app.verify(other).await), &json!(["timeout-or-duplicate"]), "another question");
            app.pass_time(1.0);
            assert_eq!(codes(&app.verify(body).await), &json!(["timeout-or-duplicate"]), "a minute later");
        }
        let (one, _) = app.pass(json!({})).await;
        let (two, _) = app.pass(json!({})).await;
        let key = Uuid::new_v4().to_string();
        for pass in [one, two] {
            let verdict = app.verify(json!({"secret": SECRET, "response": pass, "idempotency_key": key})).await;
            assert_eq!(verdict["success"], true, "a key belongs to its pass");
        }
    }
}

#[actix_web::test]
async fn a_pass_is_good_for_two_minutes() {
    for app in both().await {
        let (pass, _) = app.pass(json!({})).await;
        app.pass_time(119.9);
        assert_eq!(app.verify(json!({"secret": SECRET, "response": pass})).await["success"], true);
        let (pass, _) = app.pass(json!({})).await;
        app.pass_time(120.0);
        assert_eq!(
            codes(&app.verify(json!({"secret": SECRET, "response": pass})).await),
            &json!(["timeout-or-duplicate"])
        );
    }
}
