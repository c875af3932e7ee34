//! `POST /siteverify`.

use serde_json::{Value, json};
use service_kit::testing::TestReply;
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
async fn missing_and_invalid_input_gets_the_error_codes_of_turnstile() {
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

/// A pass of a challenge that was assessed for this request.
async fn assessed_pass(app: &TestApp, signals: &Value) -> String {
    let request = json!({"action": "log_in", "account_hash": "anna", "platform": "tv", "signals": signals});
    let assessed = app.assess(request).await;
    app.pass(json!({"assess_id": assessed["assess_id"]})).await.0
}

#[actix_web::test]
async fn a_pass_is_good_for_the_request_that_was_assessed_and_for_no_riskier_one() {
    for app in both().await {
        let same = json!({"expect_account": "anna", "expect_platform": "tv", "expect_signals": ""});
        let with = |name: &str, value: Value| {
            let mut body = same.clone();
            body[name] = value;
            body
        };
        let table = [
            (json!([]), same.clone(), true),
            (json!(["failed_tries"]), with("expect_signals", json!("failed_tries")), true),
            (json!(["failed_tries"]), same.clone(), true),
            (json!([]), with("expect_signals", json!("failed_tries")), false),
            (json!(["failed_tries"]), with("expect_signals", json!("failed_tries hosting_network")), false),
            (json!([]), with("expect_account", json!("boris")), false),
            (json!([]), with("expect_account", json!(null)), false),
            (json!([]), with("expect_platform", json!("mobile")), false),
            (json!([]), json!({"expect_signals": ""}), false),
        ];
        for (signals, expected, good) in table {
            let pass = assessed_pass(&app, &signals).await;
            let mut body = expected.clone();
            (body["secret"], body["response"]) = (SECRET.into(), pass.clone().into());
            let verdict = app.verify(body).await;
            assert_eq!(verdict["success"], good, "{signals} {expected}: {verdict}");
            if !good {
                assert_eq!(codes(&verdict), &json!(["assessment-mismatch"]));
            }
            let again = app.verify(json!({"secret": SECRET, "response": pass})).await;
            assert_eq!(codes(&again), &json!(["timeout-or-duplicate"]), "used up either way");
        }
        let (unassessed, _) = app.pass(json!({})).await;
        let mut body = same.clone();
        (body["secret"], body["response"]) = (SECRET.into(), unassessed.into());
        assert_eq!(codes(&app.verify(body).await), &json!(["assessment-mismatch"]), "a challenge without assess_id");
        let pass = assessed_pass(&app, &json!([])).await;
        for (name, word) in [("expect_platform", "toaster"), ("expect_signals", "failed_tries magic")] {
            let mut body = with(name, json!(word));
            (body["secret"], body["response"]) = (SECRET.into(), pass.clone().into());
            assert_eq!(codes(&app.verify(body).await), &json!(["bad-request"]), "{name}");
        }
        assert_eq!(app.verify(json!({"secret": SECRET, "response": pass})).await["success"], true);
    }
}

/// `FormData` as `fetch` of browsers, Workers and Node sends it.
fn multipart(fields: &[(&str, &str)]) -> (String, String) {
    let boundary = "----formdata-undici-067318423841";
    let part = |(name, value): &(&str, &str)| {
        format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let body: String = fields.iter().map(part).collect();
    (format!("multipart/form-data; boundary={boundary}"), format!("{body}--{boundary}--\r\n"))
}

#[actix_web::test]
async fn requests_of_recaptcha_hcaptcha_and_turnstile_clients_are_accepted() {
    for app in both().await {
        let secret = SECRET.replace(' ', "+");
        let pass = async || app.pass(json!({})).await.0;
        let form = "application/x-www-form-urlencoded";
        let yes = |reply: TestReply, client: &str| {
            let verdict = reply.assert_status(200);
            assert_eq!(verdict["success"], true, "{client}: {verdict}");
            assert_eq!(reply.header("cache-control"), "private, no-store", "{client}");
        };
        // google/recaptcha (PHP, Post and CurlPost)
        let body = format!("secret={secret}&response={}&remoteip=127.0.0.1&version=php_1.3.0", pass().await);
        yes(app.post("/siteverify").body(form, body).send().await, "google/recaptcha");
        // axios.post(`…/siteverify?secret=…&response=…`) of many tutorials: no body, but a content type
        let query = format!("/siteverify?secret={secret}&response={}", pass().await);
        yes(app.post(&query).body(form, "").send().await, "axios");
        // request.post(url), curl -X POST: neither body nor content type
        let query = format!("/siteverify?secret={secret}&response={}&remoteip=127.0.0.1", pass().await);
        yes(app.post(&query).send().await, "request");
        // file_get_contents($url), urllib.urlopen(url)
        let query = format!("/siteverify?secret={secret}&response={}", pass().await);
        yes(app.get(&query).send().await, "file_get_contents");
        // hcaptcha (npm): querystring.stringify with all given fields
        let body = format!("secret={secret}&response={}&remoteip=127.0.0.1&sitekey=tv", pass().await);
        yes(app.post("/siteverify").body(form, body).send().await, "hcaptcha");
        // Turnstile's documentation: FormData
        let key = Uuid::new_v4().to_string();
        let token = pass().await;
        let fields = [("secret", SECRET), ("response", &token), ("remoteip", "127.0.0.1"), ("idempotency_key", &key)];
        let (kind, body) = multipart(&fields);
        yes(app.post("/siteverify").body(&kind, body.clone()).send().await, "FormData");
        yes(app.post("/siteverify").body(&kind, body).send().await, "FormData, once more with its key");
        let body = json!({"secret": SECRET, "response": pass().await, "remoteip": "127.0.0.1"});
        yes(app.post("/siteverify").json(&body).send().await, "JSON");
    }
}

#[actix_web::test]
async fn a_malformed_multipart_body_is_rejected_and_uses_nothing_up() {
    let app = TestApp::start().await;
    let (pass, _) = app.pass(json!({})).await;
    let (kind, whole) = multipart(&[("secret", SECRET), ("response", &pass)]);
    let many: Vec<_> = (0..65).map(|_| ("x", "")).collect();
    let (_, many) = multipart(&many);
    for (kind, body) in [
        (kind.as_str(), whole[..whole.len() - 10].to_owned()),
        (kind.as_str(), String::new()),
        ("multipart/form-data", whole.clone()),
        (kind.as_str(), many),
    ] {
        app.post("/siteverify").body(kind, body).send().await.assert_problem(400, "request.malformed_form");
    }
    let (_, huge) = multipart(&[("secret", &"x".repeat(20_000))]);
    app.post("/siteverify").body(&kind, huge).send().await.assert_problem(413, "request.body_too_large");
    app.post("/siteverify")
        .body("text/plain", whole.clone())
        .send()
        .await
        .assert_problem(415, "request.unsupported_media_type");
    let verdict = app.post("/siteverify").body(&kind, whole).send().await.assert_status(200);
    assert_eq!(verdict["success"], true);
}

#[actix_web::test]
async fn a_person_scores_high_and_a_bot_low_as_recaptcha_v3_counts() {
    let app = TestApp::start().await;
    let score = async |signals: Value| {
        let pass = assessed_pass(&app, &signals).await;
        app.verify(json!({"secret": SECRET, "response": pass})).await["score"].as_f64().unwrap()
    };
    let (person, bot) = (score(json!([])).await, score(json!(["hosting_network"])).await);
    assert_eq!((person, bot), (0.75, 0.5));
}

#[actix_web::test]
async fn a_pass_that_meets_all_expectations_is_verified() {
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
async fn the_same_request_with_the_same_key_gets_the_same_verdict_for_a_minute() {
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
