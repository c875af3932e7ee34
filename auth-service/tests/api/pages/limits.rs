//! Pages and the API share their limits: neither is a way around those of the other.

use auth_service::limits::LIMITS;
use service_kit::server::limits::LimitsConfig;
use service_kit::testing::TestReply;

use super::browser::{Browser, PageReply};
use crate::app::{TestApp, unique_email};

const WRONG: &str = "four cats on a sofa";

async fn limited() -> TestApp {
    TestApp::start_with(|config| config.limits = LimitsConfig::of(&LIMITS)).await
}

#[tokio::test]
async fn guesses_on_the_page_and_over_the_api_share_one_budget() {
    let app = limited().await;
    let user = app.user().await;
    let mut browser = Browser::new(&app);
    for _ in 0..5 {
        browser.sign_in(&user.email.to_uppercase(), WRONG).await.assert_page(401);
        app.log_in(&user.email, WRONG).await.assert_problem(401, "auth.wrong_credentials");
    }
    let reply = browser.sign_in(&user.email, &user.password).await;
    let text = reply.assert_page(429);
    assert!(text.contains("Too many tries") && text.contains("Try again in"), "{text}");
    assert!(reply.header("retry-after").parse::<u32>().unwrap() > 0);
    app.log_in(&user.email, &user.password).await.assert_problem(429, "request.rate_limited");
}

/// Guesses the current password on the page.
async fn guess_current(browser: &mut Browser<'_>) -> TestReply {
    let fields = [("current_password", WRONG), ("new_password", "nine owls in a tall tree")];
    browser.fill("/account/security", "/account/security", &fields).await
}

#[tokio::test]
async fn guessing_the_current_password_on_the_page_takes_from_that_budget_too() {
    let app = limited().await;
    let user = app.user().await;
    let mut browser = Browser::signed_in(&app, &user).await;
    browser.cookies.remove("__Host-marquee-device").expect("a known device");
    for _ in 0..10 {
        guess_current(&mut browser).await.assert_page(403);
    }
    app.log_in(&user.email, &user.password).await.assert_problem(429, "request.rate_limited");
    browser.get("/account").await.assert_page(200);
}

#[tokio::test]
async fn guessing_the_current_password_in_a_known_browser_takes_from_its_own_budget() {
    let app = limited().await;
    let user = app.user().await;
    let mut browser = Browser::signed_in(&app, &user).await;
    for _ in 0..10 {
        guess_current(&mut browser).await.assert_page(403);
    }
    guess_current(&mut browser).await.assert_page(429);
    app.log_in(&user.email, &user.password).await.assert_status(201);
}

#[tokio::test]
async fn a_current_password_of_a_length_that_none_has_is_no_guess() {
    let app = limited().await;
    let user = app.user().await;
    let mut browser = Browser::signed_in(&app, &user).await;
    let too_long = "x".repeat(257);
    for current in ["", &too_long].repeat(6) {
        let fields = [("current_password", current), ("new_password", "nine owls in a tall tree")];
        let reply = browser.fill("/account/security", "/account/security", &fields).await;
        let text = reply.assert_page(422);
        assert!(text.contains("id=\"current-wrong\""), "{text}");
    }
    for _ in 0..10 {
        guess_current(&mut browser).await.assert_page(403);
    }
    guess_current(&mut browser).await.assert_page(429);
}

#[tokio::test]
async fn correct_sign_ins_on_the_page_do_not_use_up_the_guesses() {
    let app = limited().await;
    let user = app.user().await;
    for _ in 0..12 {
        Browser::new(&app).sign_in(&user.email, &user.password).await.assert_goes_to("/account");
    }
}

#[tokio::test]
async fn sign_ups_on_the_page_and_over_the_api_share_one_budget() {
    let app = limited().await;
    let (mut browser, email) = (Browser::new(&app), unique_email());
    let fields = [("email", email.as_str()), ("password", "three cats on a sofa")];
    browser.fill("/account/sign-up", "/account/sign-up", &fields).await.assert_goes_to("/account");
    let mut other = Browser::new(&app);
    for _ in 0..4 {
        other.fill("/account/sign-up", "/account/sign-up", &fields).await.assert_page(409);
    }
    other.fill("/account/sign-up", "/account/sign-up", &fields).await.assert_page(429);
    let body = serde_json::json!({"email": email, "password": "three cats on a sofa"});
    app.post("/api/v1/users").json(&body).send().await.assert_problem(429, "request.rate_limited");
}

#[tokio::test]
async fn an_address_that_asks_for_page_after_page_is_slowed_down_with_a_page() {
    let app = limited().await;
    let mut refused = None;
    for _ in 0..200 {
        let reply = app.get("/account/sign-in").header("accept-language", "ru").send().await;
        if reply.status.as_u16() == 429 {
            refused = Some(reply);
            break;
        }
    }
    let reply = refused.expect("a limit");
    assert!(reply.assert_page(429).contains("Слишком много попыток"));
    assert!(!reply.header("retry-after").is_empty());
}
