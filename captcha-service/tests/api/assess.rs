//! `POST /api/v1/captcha/assess`.

use serde_json::{Value, json};

use crate::app::{CLIENT, TestApp};

const PATH: &str = "/api/v1/captcha/assess";

#[actix_web::test]
async fn only_registered_services_may_assess() {
    let app = TestApp::start().await;
    let body = json!({"action": "log_in"});
    app.post(PATH).json(&body).send().await.assert_problem(401, "auth.client_rejected");
    let wrong = app.post(PATH).basic(CLIENT.0, "wrong").json(&body).send().await;
    wrong.assert_problem(401, "auth.client_rejected");
    assert!(wrong.header("www-authenticate").starts_with("Basic"));
}

const HERE: &str = "127.0.0.1";

/// Decision about a sign-in on this device from this address.
async fn decision(app: &TestApp, device: &str, ip: &str, platform: &str) -> Value {
    let body = json!({"action": "log_in", "device_id": device, "ip": ip, "platform": platform});
    app.assess(body).await["decision"].clone()
}

/// Passes a challenge that was assessed for a TV; returns the device token.
async fn answered_on_a_tv(app: &TestApp) -> String {
    let assessed = app.assess(json!({"action": "log_in", "ip": HERE, "platform": "tv"})).await;
    app.pass(json!({"assess_id": assessed["assess_id"]})).await.1
}

#[actix_web::test]
async fn a_credential_without_an_answer_carries_no_trust_at_any_age() {
    for app in [TestApp::start().await, TestApp::sealed().await] {
        let token = app.challenge().await["device_token"].clone();
        for age in [0.0, 3601.0, 40.0 * 86_400.0] {
            app.pass_time(age);
            for platform in [json!("tv"), json!("mobile"), json!("web"), json!("other"), json!(null)] {
                let body = json!({"action": "log_in", "device_id": token, "ip": HERE, "platform": platform});
                let assessed = app.assess(body).await;
                assert_eq!(
                    (&assessed["decision"], &assessed["reasons"]),
                    (&json!("challenge"), &json!(["unproven_device"])),
                    "{platform} after {age} s"
                );
            }
        }
        for device in [json!(null), json!("a name that proves nothing")] {
            let unknown = app.assess(json!({"action": "log_in", "device_id": device})).await;
            assert_eq!((&unknown["reasons"], &unknown["decision"]), (&json!(["unknown_device"]), &json!("challenge")));
        }
    }
}

#[actix_web::test]
async fn a_right_answer_waives_three_assessments() {
    for app in [TestApp::start().await, TestApp::sealed().await] {
        let token = answered_on_a_tv(&app).await;
        for expected in ["allow", "allow", "allow", "challenge", "challenge"] {
            assert_eq!(decision(&app, &token, HERE, "tv").await, expected);
        }
    }
}

#[actix_web::test]
async fn a_waiver_is_bound_to_its_network_and_platform_and_ends_after_a_day() {
    for app in [TestApp::start().await, TestApp::sealed().await] {
        let token = answered_on_a_tv(&app).await;
        for (ip, platform) in [("192.0.2.1", "tv"), ("::1", "tv"), ("garbage", "tv"), (HERE, "mobile"), (HERE, "other")]
        {
            assert_eq!(decision(&app, &token, ip, platform).await, "challenge", "{ip} {platform}");
        }
        app.pass_time(86_399.0 - 5.0);
        assert_eq!(decision(&app, &token, "127.0.0.99", "tv").await, "allow");
        app.pass_time(6.0);
        assert_eq!(decision(&app, &token, HERE, "tv").await, "challenge");
    }
}

#[actix_web::test]
async fn sign_up_reset_and_code_always_need_a_pass() {
    let app = TestApp::start_with(|config| config.weights.points.unknown_device = -100).await;
    let token = answered_on_a_tv(&app).await;
    for action in ["sign_up", "reset_password", "send_code"] {
        let body = json!({"action": action, "device_id": token, "ip": HERE, "platform": "tv"});
        let assessed = app.assess(body).await;
        assert_eq!((&assessed["decision"], &assessed["level"]), (&json!("challenge"), &json!(1)), "{action}");
    }
    assert_eq!(decision(&app, &token, HERE, "tv").await, "allow", "none of them used it up");
    let unknown = app.assess(json!({"action": "log_in", "ip": HERE})).await;
    assert_eq!(unknown["decision"], "challenge", "whatever points are set to");
}

#[actix_web::test]
async fn a_device_that_cools_down_is_denied() {
    let app = TestApp::start().await;
    let challenge = app.challenge().await;
    let mut current = challenge.clone();
    for _ in 0..2 {
        app.pass_time(3.0);
        current = app.answer(&challenge["session"], &current["picture_id"], "1").await.assert_status(200);
    }
    let assessed = app.assess(json!({"action": "log_in", "device_id": challenge["device_token"]})).await;
    assert_eq!((&assessed["decision"], &assessed["expires_in"]), (&json!("deny"), &json!(30)));
}

#[actix_web::test]
async fn many_new_devices_raise_the_risk_of_their_network_without_a_lock() {
    let app = TestApp::start().await;
    for _ in 0..101 {
        app.challenge().await;
    }
    let near = app.assess(json!({"action": "log_in", "ip": "127.0.0.9"})).await;
    assert_eq!(near["reasons"], json!(["unknown_device", "very_many_new_devices"]));
    assert_eq!(near["decision"], "challenge");
    let far = app.assess(json!({"action": "log_in", "ip": "127.0.1.9"})).await;
    assert_eq!(far["reasons"], json!(["unknown_device"]));
}

#[actix_web::test]
async fn in_shadow_mode_a_risky_request_is_allowed_and_its_risk_is_reported() {
    let app = TestApp::start_with(|config| config.shadow = true).await;
    let assessed = app.assess(json!({"action": "log_in", "signals": ["hosting_network"]})).await;
    assert_eq!((&assessed["decision"], &assessed["risk"]), (&json!("allow"), &json!(50)));
}

#[actix_web::test]
async fn unusual_and_invalid_addresses_are_challenged() {
    let app = TestApp::start().await;
    for ip in ["garbage", "", "999.1.1.1", "fe80::1%eth0", "::ffff:192.0.2.1", "2001:db8::1", " 192.0.2.1 "] {
        let assessed = app.assess(json!({"action": "log_in", "ip": ip})).await;
        assert_eq!(assessed["decision"], "challenge", "{ip}");
    }
}
