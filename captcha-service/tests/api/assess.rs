//! `POST /api/v1/captcha/assess`.

use serde_json::json;

use crate::app::{CLIENT, TestApp};

const PATH: &str = "/api/v1/captcha/assess";

#[actix_web::test]
async fn only_registered_services_may_ask() {
    let app = TestApp::start().await;
    let body = json!({"action": "log_in"});
    app.post(PATH).json(&body).send().await.assert_problem(401, "auth.client_rejected");
    let wrong = app.post(PATH).basic(CLIENT.0, "wrong").json(&body).send().await;
    wrong.assert_problem(401, "auth.client_rejected");
    assert!(wrong.header("www-authenticate").starts_with("Basic"));
}

#[actix_web::test]
async fn a_device_that_is_known_for_an_hour_is_not_asked_and_others_are() {
    let app = TestApp::start().await;
    let token = app.challenge().await["device_token"].clone();
    let body = json!({"action": "log_in", "device_id": token, "ip": "192.0.2.1", "platform": "tv"});
    let young = app.assess(body.clone()).await;
    assert_eq!((&young["reasons"], &young["decision"]), (&json!(["young_device"]), &json!("allow")));
    app.pass_time(3601.0);
    let known = app.assess(body).await;
    assert_eq!((&known["risk"], &known["decision"], &known["level"]), (&json!(0), &json!("allow"), &json!(0)));
    for device in [json!(null), json!("a name that proves nothing")] {
        let unknown = app.assess(json!({"action": "log_in", "device_id": device})).await;
        assert_eq!((&unknown["reasons"], &unknown["decision"]), (&json!(["unknown_device"]), &json!("challenge")));
    }
}

#[actix_web::test]
async fn a_device_that_cools_down_is_denied() {
    let app = TestApp::start().await;
    let challenge = app.challenge().await;
    let mut shown = challenge.clone();
    for _ in 0..3 {
        app.pass_time(3.0);
        shown = app.answer(&challenge["session"], &shown["picture_id"], "1").await.assert_status(200);
    }
    let assessed = app.assess(json!({"action": "log_in", "device_id": challenge["device_token"]})).await;
    assert_eq!((&assessed["decision"], &assessed["expires_in"]), (&json!("deny"), &json!(30)));
}

#[actix_web::test]
async fn many_new_devices_in_a_network_raise_the_risk_and_lock_nobody() {
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
async fn in_shadow_everybody_is_allowed_and_the_reasons_are_told() {
    let app = TestApp::start_with(|config| config.shadow = true).await;
    let assessed = app.assess(json!({"action": "log_in", "signals": ["hosting_network"]})).await;
    assert_eq!((&assessed["decision"], &assessed["risk"]), (&json!("allow"), &json!(50)));
}

#[actix_web::test]
async fn addresses_that_are_none_count_as_unknown() {
    let app = TestApp::start().await;
    for ip in ["garbage", "", "999.1.1.1", "fe80::1%eth0", "::ffff:192.0.2.1", "2001:db8::1", " 192.0.2.1 "] {
        let assessed = app.assess(json!({"action": "log_in", "ip": ip})).await;
        assert_eq!(assessed["decision"], "challenge", "{ip}");
    }
}
