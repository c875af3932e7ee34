//! captcha-service is unavailable, hangs or rejects our credentials: risky requests fail, known devices go on.

use std::time::Duration;

use serde_json::json;
use service_kit::testing::{TestReply, eventually};

use super::stand_in::{DEVICE, StandIn};
use super::{BOUND, guess, log_in, member, sign_up, sign_up_passed, start};
use crate::app::TestApp;

fn closed(reply: &TestReply) {
    reply.assert_problem(503, "auth.captcha_unavailable");
    let seconds: u32 = reply.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds} s");
}

#[tokio::test]
async fn without_captcha_service_no_account_is_opened_until_it_is_back() {
    let (app, mut captcha) = start("allow").await;
    captcha.stop().await;
    for kind in ["tv", "phone", "other"] {
        closed(&sign_up(&app, json!({"device": {"kind": kind}})).await);
        closed(&sign_up(&app, json!({"captcha_token": "any", "captcha_device_token": DEVICE})).await);
    }
    captcha.restart();
    let opened = async || sign_up_passed(&app, &captcha, json!({})).await.status == 201;
    eventually("accounts are opened again", BOUND, opened).await;
}

#[tokio::test]
async fn without_captcha_service_new_devices_and_guessed_accounts_are_rejected() {
    let (app, mut captcha) = start("allow").await;
    let (user, other) = (member(&app, &captcha, "allow").await, member(&app, &captcha, "allow").await);
    guess(&app, &captcha, &other.email).await;
    captcha.stop().await;
    for kind in ["tv", "phone", "tablet", "desktop", "other"] {
        closed(&log_in(&app, &user.email, &user.password, json!({"device": {"kind": kind}})).await);
    }
    closed(&app.log_in(&other.email, &other.password).await);
}

#[tokio::test]
async fn without_captcha_service_a_known_device_has_one_try_in_ten_seconds() {
    let (app, mut captcha) = start("allow").await;
    let user = member(&app, &captcha, "allow").await;
    let tv = json!({"device": {"kind": "tv"}});
    let reply = log_in(&app, &user.email, &user.password, tv).await.assert_status(201);
    let known = json!({"device": {"kind": "tv"}, "known_device": reply["known_device"]});
    captcha.stop().await;
    let again = async || log_in(&app, &user.email, &user.password, known.clone()).await;
    again().await.assert_status(201);
    eventually("the throttle rejects", BOUND, async || again().await.status == 429).await;
    let throttled = again().await;
    throttled.assert_problem(429, "request.rate_limited");
    assert!((1..=10).contains(&throttled.header("retry-after").parse::<u32>().unwrap()));
    captcha.restart();
    let free = async || again().await.status == 201 && again().await.status == 201;
    eventually("the throttle is off", BOUND, free).await;
}

#[tokio::test]
async fn a_hanging_captcha_service_is_waited_for_no_longer_than_its_timeout() {
    let captcha = StandIn::start("allow");
    let app = TestApp::start_with(captcha.settings_with_timeout(Duration::from_millis(300))).await;
    sign_up_passed(&app, &captcha, json!({})).await.assert_status(201);
    captcha.hangs(true);
    closed(&sign_up(&app, json!({})).await);
    captcha.hangs(false);
    let opened = async || sign_up_passed(&app, &captcha, json!({})).await.status == 201;
    eventually("accounts are opened again", BOUND, opened).await;
}

#[tokio::test]
async fn a_pass_that_cannot_be_checked_is_not_accepted() {
    let (app, captcha) = start("allow").await;
    captcha.pass("mine", "sign_up");
    captcha.siteverify_fails();
    closed(&sign_up(&app, json!({"captcha_token": "mine", "captcha_device_token": DEVICE})).await);
}

#[tokio::test]
async fn a_captcha_service_that_rejects_our_credentials_counts_as_unavailable() {
    let (app, captcha) = start("allow").await;
    captcha.rejects_client();
    closed(&sign_up(&app, json!({})).await);
}

#[tokio::test]
async fn a_pass_of_a_degraded_captcha_service_lets_one_try_through_in_ten_seconds() {
    let (app, captcha) = start("challenge").await;
    let user = member(&app, &captcha, "challenge").await;
    captcha.degraded();
    for (pass, status) in [("first", 201), ("second", 429)] {
        captcha.pass(pass, "log_in");
        let shown = json!({"captcha_token": pass, "captcha_device_token": DEVICE});
        log_in(&app, &user.email, &user.password, shown).await.assert_status(status);
    }
}
