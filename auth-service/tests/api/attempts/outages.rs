//! A failure of the service costs the client nothing: no units, no captcha pass, no attempt of a throttle.

use std::time::Duration;

use auth_service::limits::LIMITS;
use serde_json::json;
use service_kit::server::limits::LimitsConfig;
use service_kit::testing::eventually;

use super::{log_in_from, without_table};
use crate::app::{Home, TestApp, unique_email};
use crate::captcha::stand_in::{DEVICE, StandIn};
use crate::captcha::{BOUND, WRONG, guess, log_in, member, sign_up, start, start_limited};
use crate::pages::browser::{Browser, PageReply};

const NEW: &str = "nine owls in a tall tree";

#[tokio::test]
async fn the_right_password_in_an_outage_never_counts_as_a_guess() {
    let (app, captcha) = start_limited("allow").await;
    let user = member(&app, &captcha, "allow").await;
    without_table(&app, "sessions", async || {
        for _ in 0..15 {
            app.log_in(&user.email, &user.password).await.assert_problem(500, "server.internal");
        }
    })
    .await;
    assert!(
        captcha.assessed().iter().all(|assessment| assessment["signals"].is_null()),
        "no sign-in counts as a guess"
    );
    let reply = app.log_in(&user.email, &user.password).await;
    reply.assert_status(201);
    assert!(reply.header("ratelimit").contains("\"log_in_guess\";r=10;"), "{}", reply.header("ratelimit"));
}

#[tokio::test]
async fn a_full_hash_queue_never_counts_as_a_guess() {
    let home = Home::new().await;
    let user = TestApp::start_in(home.clone(), |_| ()).await.user().await;
    let captcha = StandIn::start("allow");
    let captcha_settings = captcha.settings();
    let app = TestApp::start_in(home, |config| {
        captcha_settings(config);
        config.limits = LimitsConfig::of(&LIMITS);
        config.hashing.deadline = Duration::ZERO; // every wait exceeds the deadline
    })
    .await;
    for _ in 0..15 {
        app.log_in(&user.email, &user.password).await.assert_problem(503, "auth.busy");
    }
    assert!(
        captcha.assessed().iter().all(|assessment| assessment["signals"].is_null()),
        "no sign-in counts as a guess"
    );
    for _ in 0..15 {
        Browser::new(&app).sign_in(&user.email, &user.password).await.assert_page(503);
    }
    app.log_in(&user.email, &user.password).await.assert_problem(503, "auth.busy");
}

#[tokio::test]
async fn a_pass_that_met_an_outage_is_good_for_the_next_try_and_for_one_only() {
    let (app, captcha) = start("challenge").await;
    let user = member(&app, &captcha, "challenge").await;
    captcha.pass("mine", "log_in");
    let shown = json!({"device": {"kind": "tv"}, "captcha_token": "mine", "captcha_device_token": DEVICE});
    without_table(&app, "sessions", async || {
        log_in(&app, &user.email, &user.password, shown.clone()).await.assert_problem(500, "server.internal");
    })
    .await;
    let other = json!({"device": {"kind": "tv"}, "captcha_token": "mine", "captcha_device_token": "another"});
    log_in(&app, &user.email, &user.password, other).await.assert_problem(403, "auth.captcha_required");
    log_in(&app, &user.email, &user.password, shown.clone()).await.assert_status(201);
    log_in(&app, &user.email, &user.password, shown).await.assert_problem(403, "auth.captcha_required");
}

#[tokio::test]
async fn a_pass_for_an_account_that_met_an_outage_opens_one_account_afterwards() {
    let (app, captcha) = start("challenge").await;
    captcha.pass("mine", "sign_up");
    let shown = json!({"email": unique_email(), "captcha_token": "mine", "captcha_device_token": DEVICE});
    without_table(&app, "user_logins", async || {
        sign_up(&app, shown.clone()).await.assert_problem(500, "server.internal");
    })
    .await;
    let for_another = json!({"device": {"kind": "tv"}, "captcha_token": "mine", "captcha_device_token": DEVICE});
    log_in(&app, &unique_email(), WRONG, for_another).await.assert_problem(403, "auth.captcha_required");
    sign_up(&app, shown.clone()).await.assert_status(201);
    sign_up(&app, shown).await.assert_problem(403, "auth.captcha_required");
}

#[tokio::test]
async fn a_wrong_password_uses_the_pass_up() {
    let (app, captcha) = start("challenge").await;
    let user = member(&app, &captcha, "challenge").await;
    captcha.pass("mine", "log_in");
    let shown = json!({"device": {"kind": "tv"}, "captcha_token": "mine", "captcha_device_token": DEVICE});
    log_in(&app, &user.email, WRONG, shown.clone()).await.assert_problem(401, "auth.wrong_credentials");
    log_in(&app, &user.email, &user.password, shown).await.assert_problem(403, "auth.captcha_required");
}

#[tokio::test]
async fn sign_ups_that_met_an_outage_leave_the_budgets_of_address_and_account_alone() {
    let app = TestApp::start_with(|config| config.limits = LimitsConfig::of(&LIMITS)).await;
    let body = json!({"email": unique_email(), "password": "three cats on a sofa"});
    let sign_up = async || app.post("/api/v1/users").json(&body).send().await;
    without_table(&app, "user_logins", async || {
        for _ in 0..25 {
            sign_up().await.assert_problem(500, "server.internal");
        }
    })
    .await;
    sign_up().await.assert_status(201);
}

#[tokio::test]
async fn a_sign_up_form_that_met_an_outage_is_good_for_the_next_try_and_for_one_account() {
    let (app, _captcha) = start("challenge").await;
    let mut browser = Browser::new(&app);
    let shown = browser.get("/account/sign-up").await;
    let (token, nonce) = (shown.form_token(), shown.hidden("form_nonce"));
    app.home.clock.advance(Duration::from_secs(2));
    for table in ["user_directory", "user_logins", "spent_tickets"] {
        without_table(&app, table, async || {
            browser.send_sign_up(&token, &nonce, &unique_email()).await.assert_page(500);
        })
        .await;
    }
    let mut other = Browser { cookies: browser.cookies.clone(), ..Browser::new(&app) };
    browser.send_sign_up(&token, &nonce, &unique_email()).await.assert_goes_to("/account");
    other.send_sign_up(&token, &nonce, &unique_email()).await.assert_page(422);
}

#[tokio::test]
async fn a_sign_up_form_that_met_a_full_hash_queue_is_good_for_the_next_try() {
    let (app, captcha) = start("challenge").await;
    let captcha_settings = captcha.settings();
    let busy = TestApp::start_in(app.home.clone(), |config| {
        captcha_settings(config);
        config.hashing.deadline = Duration::ZERO;
    })
    .await;
    let mut browser = Browser::new(&app);
    let shown = browser.get("/account/sign-up").await;
    let (token, nonce) = (shown.form_token(), shown.hidden("form_nonce"));
    app.home.clock.advance(Duration::from_secs(2));
    let mut there = Browser { cookies: browser.cookies.clone(), ..Browser::new(&busy) };
    there.send_sign_up(&token, &nonce, &unique_email()).await.assert_page(503);
    browser.send_sign_up(&token, &nonce, &unique_email()).await.assert_goes_to("/account");
}

#[tokio::test]
async fn the_right_password_on_the_page_in_an_outage_is_no_guess() {
    let (app, captcha) = start_limited("challenge").await;
    let user = member(&app, &captcha, "challenge").await;
    let mut browser = Browser::new(&app);
    without_table(&app, "sessions", async || {
        for _ in 0..15 {
            browser.sign_in(&user.email, &user.password).await.assert_page(500);
        }
    })
    .await;
    browser.sign_in(&user.email, &user.password).await.assert_goes_to("/account");
}

#[tokio::test]
async fn a_try_that_the_page_refuses_takes_nothing_from_the_budgets() {
    let (app, captcha) = start_limited("allow").await;
    let user = member(&app, &captcha, "allow").await;
    let mut browser = Browser::new(&app);
    guess(&app, &captcha, &user.email).await;
    browser.sign_in(&user.email, WRONG).await.assert_page(401);
    for _ in 0..12 {
        browser.sign_in(&user.email, &user.password).await.assert_page(429);
    }
    app.log_in(&user.email, &user.password).await.assert_status(201);
}

#[tokio::test]
async fn a_change_of_password_that_met_an_outage_is_no_guess() {
    let app = TestApp::start_with(|config| config.limits = LimitsConfig::of(&LIMITS)).await;
    let user = app.user().await;
    let here = app.signed_in(&user).await;
    let body = json!({"current_password": user.password, "new_password": NEW});
    let change = async || app.post("/api/v1/me/password").bearer(&here.access).json(&body).send().await;
    let mut browser = Browser::signed_in(&app, &user).await;
    let fields = [("current_password", user.password.as_str()), ("new_password", NEW)];
    without_table(&app, "account_events", async || {
        for _ in 0..8 {
            change().await.assert_problem(500, "server.internal");
            browser.fill("/account/security", "/account/security", &fields).await.assert_page(500);
        }
    })
    .await;
    change().await.assert_status(200);
}

#[tokio::test]
async fn a_client_that_disconnects_half_way_gets_its_units_refunded() {
    let (app, captcha) = start_limited("challenge").await;
    let user = member(&app, &captcha, "challenge").await;
    // captcha-service hangs, so the attempt is under way when its client disconnects.
    guess(&app, &captcha, &user.email).await;
    captcha.hangs(true);
    let before = captcha.assessed().len();
    let waiting = app.log_in(&user.email, &user.password);
    let assessed = eventually("it is assessed", BOUND, async || captcha.assessed().len() > before);
    tokio::select! {
        _ = waiting => panic!("captcha-service hangs"),
        () = assessed => (),
    }
    captcha.hangs(false);
    captcha.decides("allow");
    eventually("all units are refunded", BOUND, async || {
        let reply = log_in_from(&app, "127.0.0.1", &user.email, &user.password, json!({})).await;
        reply.status == 201 && reply.header("ratelimit").contains("\"log_in_guess\";r=7;")
    })
    .await;
}
