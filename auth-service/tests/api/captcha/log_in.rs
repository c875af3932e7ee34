//! `POST /api/v1/sessions` with a captcha.

use serde_json::{Value, json};
use service_kit::testing::eventually;

use super::stand_in::DEVICE;
use super::{BOUND, WRONG, comparable, guess, log_in, member, start, start_limited};
use crate::app::{TestApp, unique_email};

#[tokio::test]
async fn an_unknown_device_is_assessed_whatever_it_claims_to_be_and_whatever_it_leaves_out() {
    let (app, captcha) = start("challenge").await;
    let user = member(&app, &captcha, "challenge").await;
    let before = captcha.assessed().len();
    let mut kinds: Vec<Value> = ["tv", "phone", "tablet", "desktop", "other"].map(|kind| json!({"kind": kind})).into();
    kinds.extend([json!({}), json!({"kind": "desktop", "name": "Firefox"})]);
    for device in &kinds {
        for shown in [json!({}), json!({"captcha_device_token": DEVICE}), json!({"known_device": "made up"})] {
            let mut more = shown;
            more["device"] = device.clone();
            let reply = log_in(&app, &user.email, &user.password, more).await;
            reply.assert_problem(403, "auth.captcha_required");
        }
    }
    app.log_in(&user.email, &user.password).await.assert_problem(403, "auth.captcha_required");
    assert_eq!(captcha.assessed().len(), before + kinds.len() * 3 + 1);
}

#[tokio::test]
async fn a_device_that_captcha_service_finds_harmless_tries_without_a_pass() {
    let (app, captcha) = start("allow").await;
    let user = member(&app, &captcha, "allow").await;
    for _ in 0..2 {
        app.log_in(&user.email, WRONG).await.assert_problem(401, "auth.wrong_credentials");
    }
    app.log_in(&user.email, &user.password).await.assert_status(201);
    assert!(captcha.assessed().iter().all(|assessment| assessment["signals"].is_null()), "typos are no guessing");
}

#[tokio::test]
async fn a_pass_is_compared_with_what_would_be_assessed_now() {
    let (app, captcha) = start("challenge").await;
    let user = member(&app, &captcha, "challenge").await;
    let tv = json!({"device": {"kind": "tv"}});
    log_in(&app, &user.email, &user.password, tv).await.assert_problem(403, "auth.captcha_required");
    let assessment = captcha.assessed().pop().unwrap();
    guess(&app, &captcha, &user.email).await;
    captcha.pass("mine", "log_in");
    let shown = json!({"device": {"kind": "tv"}, "captcha_token": "mine", "captcha_device_token": DEVICE});
    log_in(&app, &user.email, &user.password, shown).await.assert_status(201);
    let compared = captcha.requests_to("/siteverify").pop().unwrap();
    assert_eq!(
        (&compared["expect_account"], &compared["expect_platform"]),
        (&assessment["account_hash"], &json!("tv"))
    );
    assert_eq!((&compared["expect_action"], &compared["expect_device"]), (&json!("log_in"), &json!(DEVICE)));
    assert_eq!(compared["expect_signals"], "failed_tries", "found since");
}

#[tokio::test]
async fn after_three_wrong_passwords_a_challenge_is_to_be_passed() {
    let (app, captcha) = start("challenge").await;
    let user = member(&app, &captcha, "challenge").await;
    guess(&app, &captcha, &user.email).await;
    let problem = app.log_in(&user.email, &user.password).await.assert_problem(403, "auth.captcha_required");
    assert_eq!((&problem["level"], &problem["action"]), (&2.into(), &"log_in".into()));
    assert_eq!(problem["assess_id"], "canary-assess-id");
    let page = format!("http://{}/tv?action=log_in&assess_id=canary-assess-id", captcha.address);
    assert_eq!(problem["captcha_url"], page);
    let assessment = captcha.assessed().pop().unwrap();
    assert_eq!((&assessment["action"], &assessment["signals"][0]), (&"log_in".into(), &"failed_tries".into()));
    assert!(!assessment.to_string().contains(&user.email), "captcha-service receives no e-mail: {assessment}");
}

#[tokio::test]
async fn a_pass_lets_one_try_through_and_its_outcome_is_reported() {
    let (app, captcha) = start("challenge").await;
    let user = member(&app, &captcha, "challenge").await;
    guess(&app, &captcha, &user.email).await;
    for (pass, password, status) in [("first", WRONG, 401), ("second", user.password.as_str(), 201)] {
        captcha.pass(pass, "log_in");
        let shown = json!({"captcha_token": pass, "captcha_device_token": DEVICE});
        log_in(&app, &user.email, password, shown.clone()).await.assert_status(status);
        log_in(&app, &unique_email(), WRONG, shown).await.assert_problem(403, "auth.captcha_required");
    }
    let reports = || captcha.requests_to("/api/v1/captcha/feedback");
    eventually("both outcomes are reported", BOUND, async || reports().len() == 2).await;
    assert_eq!(reports()[0], json!({"token_id": "id of first", "outcome": "bad_password"}));
    assert_eq!(reports()[1], json!({"token_id": "id of second", "outcome": "login_ok"}));
}

#[tokio::test]
async fn a_pass_for_another_action_or_device_or_a_forged_one_is_rejected() {
    let (app, captcha) = start("challenge").await;
    let user = member(&app, &captcha, "allow").await;
    captcha.pass("for signing up", "sign_up");
    captcha.pass("of another device", "log_in");
    for (pass, device) in [("for signing up", DEVICE), ("of another device", "another"), ("made up", DEVICE)] {
        let shown = json!({"captcha_token": pass, "captcha_device_token": device});
        log_in(&app, &user.email, &user.password, shown).await.assert_problem(403, "auth.captcha_required");
    }
    let shown = json!({"captcha_token": "made up"});
    let problem = log_in(&app, &user.email, &user.password, shown).await.assert_problem(422, "request.invalid_fields");
    assert_eq!(problem["errors"][0]["pointer"], "/captcha_device_token");
}

#[tokio::test]
async fn clients_that_captcha_service_allows_go_on_and_denied_ones_must_wait() {
    let (app, captcha) = start("allow").await;
    let user = member(&app, &captcha, "allow").await;
    guess(&app, &captcha, &user.email).await;
    for decision in ["deny", "alternative"] {
        captcha.decides(decision);
        let refused = app.log_in(&user.email, &user.password).await;
        refused.assert_problem(429, "captcha.refused");
        assert_eq!(refused.header("retry-after"), "30");
    }
    captcha.decides("allow");
    app.log_in(&user.email, &user.password).await.assert_status(201);
}

#[tokio::test]
async fn a_new_tv_needs_a_captcha_and_a_known_one_does_not_even_after_guesses() {
    let (app, captcha) = start("challenge").await;
    let (user, other) = (member(&app, &captcha, "challenge").await, member(&app, &captcha, "challenge").await);
    let tv = json!({"device": {"kind": "tv"}});
    log_in(&app, &user.email, &user.password, tv).await.assert_problem(403, "auth.captcha_required");
    captcha.pass("mine", "log_in");
    let shown = json!({"device": {"kind": "tv"}, "captcha_token": "mine", "captcha_device_token": DEVICE});
    let reply = log_in(&app, &user.email, &user.password, shown).await.assert_status(201);
    guess(&app, &captcha, &user.email).await;
    let known = json!({"device": {"kind": "tv"}, "known_device": reply["known_device"]});
    log_in(&app, &user.email, &user.password, known.clone()).await.assert_status(201);
    log_in(&app, &other.email, &other.password, known).await.assert_problem(403, "auth.captcha_required");
    let forged = json!({"device": {"kind": "tv"}, "known_device": "AAAA"});
    log_in(&app, &user.email, &user.password, forged).await.assert_problem(403, "auth.captcha_required");
}

#[tokio::test]
async fn trying_many_accounts_from_one_address_requires_a_captcha() {
    let (app, captcha) = start("challenge").await;
    let user = member(&app, &captcha, "challenge").await;
    captcha.decides("allow");
    for _ in 0..10 {
        app.log_in(&unique_email(), WRONG).await.assert_problem(401, "auth.wrong_credentials");
    }
    captcha.decides("challenge");
    app.log_in(&user.email, &user.password).await.assert_problem(403, "auth.captcha_required");
    assert_eq!(captcha.assessed().pop().unwrap()["signals"], json!(["failed_tries"]));
}

#[tokio::test]
async fn a_required_captcha_does_not_reveal_whether_the_account_exists() {
    let (app, captcha) = start("challenge").await;
    let user = member(&app, &captcha, "challenge").await;
    let mut replies = Vec::new();
    for email in [&user.email, &unique_email()] {
        guess(&app, &captcha, email).await;
        captcha.pass("a pass", "log_in");
        let shown = json!({"captcha_token": "a pass", "captcha_device_token": DEVICE});
        let reply = app.log_in(email, WRONG).await;
        reply.assert_problem(403, "auth.captcha_required");
        replies.push((comparable(&reply), comparable(&log_in(&app, email, WRONG, shown).await)));
    }
    assert_eq!(replies[0], replies[1]);
}

#[tokio::test]
async fn a_required_captcha_takes_nothing_from_the_limits_of_an_account() {
    let (app, captcha) = start_limited("challenge").await;
    let user = member(&app, &captcha, "challenge").await;
    for _ in 0..20 {
        let tv = json!({"device": {"kind": "tv"}});
        log_in(&app, &user.email, &user.password, tv).await.assert_problem(403, "auth.captcha_required");
    }
    captcha.decides("allow");
    app.log_in(&user.email, &user.password).await.assert_status(201);
}

#[tokio::test]
async fn without_captcha_settings_no_captcha_is_required() {
    let app = TestApp::start().await;
    let user = app.user().await;
    for _ in 0..3 {
        app.log_in(&user.email, WRONG).await.assert_problem(401, "auth.wrong_credentials");
    }
    let shown = json!({"captcha_token": "any", "captcha_device_token": "any", "device": {"kind": "tv"}});
    let reply = log_in(&app, &user.email, &user.password, shown).await.assert_status(201);
    assert!(reply["known_device"].is_string(), "a known device has budgets of its own all the same: {reply}");
}
