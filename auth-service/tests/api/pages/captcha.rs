//! The account pages with a captcha-service: browsers need no captcha, and guess no faster for it.

use std::time::Duration;

use limiter_lib::testing::RedisServer;
use service_kit::testing::{TestReply, eventually};

use crate::app::{Home, TestApp, unique_email};
use crate::captcha::stand_in::StandIn;
use crate::captcha::{BOUND, WRONG, guess, member, start};
use crate::limits::limited;
use crate::pages::browser::{Browser, PageReply};

#[tokio::test]
async fn a_browser_needs_no_captcha_and_is_throttled_after_guesses() {
    let (app, captcha) = start("challenge").await;
    let user = member(&app, &captcha, "challenge").await;
    let other = member(&app, &captcha, "challenge").await;
    guess(&app, &captcha, &user.email).await;
    let before = captcha.assessed().len();
    let mut browser = Browser::new(&app);
    assert_eq!(browser.sign_in(&user.email, WRONG).await.status, 401);
    let throttled = browser.sign_in(&user.email, WRONG).await;
    assert_eq!(throttled.status, 429, "{}", throttled.text());
    assert!(throttled.header("content-type").starts_with("text/html"));
    let mut browser = Browser::new(&app);
    browser.sign_in(&other.email, &other.password).await.assert_goes_to("/account");
    assert_eq!(captcha.assessed().len(), before);
}

#[tokio::test]
async fn a_browser_opens_ten_accounts_for_a_network_even_while_captcha_service_is_unavailable() {
    let (app, mut captcha) = start("challenge").await;
    captcha.stop().await;
    for status in [303; 10].into_iter().chain([429]) {
        let reply = Browser::new(&app).sign_up_after(2, &unique_email()).await;
        assert_eq!(reply.status, status, "{}", reply.text());
    }
}

#[tokio::test]
async fn replicas_open_ten_accounts_for_a_network_together_and_not_ten_each() {
    let redis = RedisServer::start();
    let captcha = StandIn::start("challenge");
    let home = Home::new().await;
    let start = async || {
        let (captcha_settings, shared) =
            (captcha.settings(), limited("policies.sign_up.mode = 'shadow'", Some(&redis.url())));
        let app = TestApp::start_in(home.clone(), move |config| {
            captcha_settings(config);
            shared(config);
        });
        let app = app.await;
        // Until it is connected to Redis a replica counts locally.
        eventually("it counts in Redis", BOUND, async || app.get("/readyz").send().await.status == 200).await;
        app
    };
    let (one, other) = (start().await, start().await);
    let mut statuses = Vec::new();
    for number in 0..12 {
        let app = if number % 2 == 0 { &one } else { &other };
        statuses.push(Browser::new(app).sign_up_after(2, &unique_email()).await.status.as_u16());
    }
    assert_eq!(statuses, [[303; 10].as_slice(), &[429; 2]].concat());
}

#[tokio::test]
async fn a_sign_up_form_is_sent_once_and_not_at_once_and_not_late() {
    let (app, _captcha) = start("challenge").await;
    let user_email = unique_email();
    Browser::new(&app).sign_up_after(2, &user_email).await.assert_goes_to("/account");
    let mut browser = Browser::new(&app);
    let again = |reply: TestReply| {
        let text = reply.assert_page(422);
        assert!(text.contains("too quickly, too late or twice") && reply.set_cookies().is_empty(), "{text}");
    };
    for seconds in [0, 1, 3600] {
        again(browser.sign_up_after(seconds, &unique_email()).await);
    }
    let shown = browser.get("/account/sign-up").await;
    let (token, nonce) = (shown.form_token(), shown.hidden("form_nonce"));
    app.home.clock.advance(Duration::from_secs(2));
    for forged in ["", "AAAA", token.as_str()] {
        again(browser.send_sign_up(&token, forged, &unique_email()).await);
    }
    browser.send_sign_up(&token, &nonce, &user_email).await.assert_page(409);
    again(browser.send_sign_up(&token, &nonce, &unique_email()).await);
}

#[tokio::test]
async fn of_many_that_send_one_sign_up_form_at_once_one_gets_an_account() {
    let (app, _captcha) = start("challenge").await;
    let mut browser = Browser::new(&app);
    let shown = browser.get("/account/sign-up").await;
    let (token, nonce) = (shown.form_token(), shown.hidden("form_nonce"));
    app.home.clock.advance(Duration::from_secs(2));
    let send = async || {
        let mut tab = Browser { cookies: browser.cookies.clone(), ..Browser::new(&app) };
        tab.send_sign_up(&token, &nonce, &unique_email()).await.status.as_u16()
    };
    let mut statuses = futures_util::future::join_all((0..8).map(|_| send())).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [[303].as_slice(), &[422; 7]].concat());
}
