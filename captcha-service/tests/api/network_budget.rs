//! Beyond the budget of passes of a network: the phone, or a wait, from every endpoint.

use captcha_service::domain::PassBudget;
use serde_json::{Value, json};
use service_kit::server::limits::{LimitsConfig, LimitsText};
use service_kit::settings::ConfigErrors;
use service_kit::testing::TestReply;

use crate::app::TestApp;

const PHONE: &str = "https://kino.example/activate";

async fn with_phone(passes: u32) -> TestApp {
    TestApp::start_with(|config| {
        config.phone_url = Some(PHONE.into());
        config.passes_per_network = PassBudget::new(passes);
    })
    .await
}

#[actix_web::test]
async fn a_network_without_a_budget_is_offered_the_phone_only() {
    let app = with_phone(2).await;
    let (_, old) = app.pass(json!({})).await;
    app.pass(json!({})).await;
    for body in [json!({}), json!({"device_token": old}), json!({"modality": "audio"}), json!({"action": "sign_up"})] {
        let refused = app.request_challenge(body).await;
        let problem = refused.assert_problem(429, "captcha.refused");
        assert_eq!(problem["phone"], json!({"url": PHONE}));
        let wait: u32 = refused.header("retry-after").parse().unwrap();
        assert!((23 * 3600..=25 * 3600).contains(&wait) && wait.is_multiple_of(10), "{wait}");
    }
    for action in ["log_in", "sign_up", "reset_password", "send_code", "other"] {
        let assessed = app.assess(json!({"action": action, "ip": "127.0.0.9"})).await;
        assert_eq!(assessed["decision"], "alternative", "{action}");
        assert!(assessed["reasons"].to_string().contains("network_budget"), "{assessed}");
        assert!(assessed["expires_in"].as_u64().unwrap() > 23 * 3600);
    }
    assert_eq!(app.assess(json!({"action": "log_in", "ip": "127.0.1.9"})).await["decision"], "challenge");
}

#[actix_web::test]
async fn without_a_phone_a_network_without_a_budget_has_to_wait() {
    let app = TestApp::start_with(|config| config.passes_per_network = PassBudget::new(1)).await;
    app.pass(json!({})).await;
    let refused = app.request_challenge(json!({})).await;
    assert!(refused.assert_problem(429, "captcha.refused")["phone"].is_null());
    assert_eq!(app.assess(json!({"action": "log_in", "ip": "127.0.0.1"})).await["decision"], "deny");
    app.pass_time(25.0 * 3600.0);
    assert_eq!(app.assess(json!({"action": "log_in", "ip": "127.0.0.1"})).await["decision"], "challenge");
    app.challenge().await;
}

#[actix_web::test]
async fn every_refusal_names_the_phone_so_that_none_shows_its_quota() {
    let app = with_phone(30).await;
    let device = app.challenge().await["device_token"].clone();
    app.request_challenge(json!({"device_token": device})).await.assert_status(201);
    let third = app.request_challenge(json!({"device_token": device})).await;
    assert_eq!(third.assert_problem(429, "captcha.refused")["phone"]["url"], PHONE);
}

#[actix_web::test]
async fn a_right_answer_above_the_budget_closes_the_challenge() {
    for sealed in [false, true] {
        let app = TestApp::start_with(|config| {
            (config.sealed, config.passes_per_network) = (sealed, PassBudget::new(1));
        })
        .await;
        let early = app.challenge().await;
        app.pass(json!({})).await;
        let right = app.right(&early["session"], &early["picture_id"]).await;
        let closed = app.answer(&early["session"], &early["picture_id"], right).await.assert_status(200);
        assert_eq!(closed["status"], "closed");
        assert!(closed["wait_s"].as_u64().unwrap() > 23 * 3600, "{closed}");
    }
}

/// Requests that name another network in every field and header that a client can write.
async fn from_elsewhere(app: &TestApp, number: u32, proxy: Option<&str>) -> TestReply {
    let elsewhere = format!("198.51.{number}.7");
    let chain = proxy.map_or(elsewhere.clone(), |client| format!("{elsewhere}, {client}"));
    let request = app.post("/api/v1/captcha/challenges").json(&json!({"action": "log_in", "sitekey": "tv"}));
    let request = request.header("x-forwarded-for", &chain).header("x-real-ip", &elsewhere);
    let request = request.header("forwarded", &format!("for={elsewhere}")).header("cf-connecting-ip", &elsewhere);
    request.header("true-client-ip", &elsewhere).header("x-client-ip", &elsewhere).send().await
}

async fn solve(app: &TestApp, challenge: &Value) {
    let right = app.right(&challenge["session"], &challenge["picture_id"]).await;
    app.pass_time(60.0);
    let passed = app.answer(&challenge["session"], &challenge["picture_id"], right).await.assert_status(200);
    assert_eq!(passed["status"], "passed");
}

#[actix_web::test]
async fn what_a_client_writes_moves_it_to_no_other_network() {
    let behind_proxy = {
        let text = LimitsText { trusted_proxies: Some("127.0.0.0/8"), ..LimitsText::default() };
        let mut errors = ConfigErrors::default();
        let limits = LimitsConfig::read(&captcha_service::limits::LIMITS, &text, "CAPTCHA_", &mut errors);
        errors.finish(limits).unwrap().shadow()
    };
    for (limits, proxy) in [(None, None), (Some(behind_proxy), Some("203.0.113.7"))] {
        let app = TestApp::start_with(|config| {
            config.passes_per_network = PassBudget::new(3);
            config.limits = limits.unwrap_or_else(|| config.limits.clone());
        })
        .await;
        for number in 0..3 {
            solve(&app, &from_elsewhere(&app, number, proxy).await.assert_status(201)).await;
        }
        from_elsewhere(&app, 3, proxy).await.assert_problem(429, "captcha.refused");
        if proxy.is_some() {
            from_elsewhere(&app, 4, Some("203.0.112.7")).await.assert_status(201);
        } else {
            app.request_challenge(json!({})).await.assert_problem(429, "captcha.refused");
        }
    }
}
