//! Entering a code, and deciding about its device.

use std::time::Duration;

use actix_web::http::header::HeaderName;
use mailer::Notification;
use service_kit::server::limits::{Clients, LimitsConfig};

use super::{ACTIVATE, DECISION, approve, assert_error, decide, enter, poll, start, start_in};
use crate::app::TestApp;
use crate::pages::browser::{Browser, PageReply};

#[tokio::test]
async fn the_page_says_which_device_asks_and_decides_nothing_by_itself() {
    let app = TestApp::start().await;
    let codes = start(&app).await;
    let mut browser = Browser::signed_in(&app, &app.user().await).await;
    let text = enter(&mut browser, &codes.user).await.assert_page(200);
    for part in
        [codes.user.as_str(), "Living room", "<dd>Marquee</dd>", "your network", "If somebody sent it to you, say no"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(text.matches("name=\"decision\"").count(), 2, "two buttons");
    assert!(!text.contains("autofocus"), "no default");
    assert_eq!(assert_error(&poll(&app, &codes).await, "authorization_pending")["claimed"], true);
}

#[tokio::test]
async fn a_link_fills_the_code_in_and_neither_claims_nor_approves() {
    let app = TestApp::start().await;
    let codes = start(&app).await;
    let mut browser = Browser::signed_in(&app, &app.user().await).await;
    let typed = codes.user.to_lowercase().replace('-', "+");
    let page = format!("{ACTIVATE}?code={}", codes.user);
    browser.get(&format!("/activate?code={typed}")).await.assert_goes_to(&page);
    assert!(browser.get(&page).await.assert_page(200).contains(&codes.user));
    assert_eq!(assert_error(&poll(&app, &codes).await, "authorization_pending")["claimed"], false);
    browser.get("/activate?code=%3Cscript%3E").await.assert_goes_to(ACTIVATE);
    assert!(!browser.get(&format!("{ACTIVATE}?code=%22%3E")).await.assert_page(200).contains("\">\""));
}

#[tokio::test]
async fn who_is_not_signed_in_comes_back_to_the_code_after_signing_in() {
    let app = TestApp::start().await;
    let (codes, user) = (start(&app).await, app.user().await);
    let mut browser = Browser::new(&app);
    browser.get(&format!("{ACTIVATE}?code={}", codes.user)).await.assert_asks_to_sign_in();
    browser.sign_in(&user.email, &user.password).await.assert_goes_to(ACTIVATE);
    assert!(browser.get(ACTIVATE).await.assert_page(200).contains(&codes.user));
    assert!(browser.cookies_of("__Host-marquee-code").is_empty(), "used once");
    approve(&mut browser, &codes).await;
    poll(&app, &codes).await.assert_status(200);
}

#[tokio::test]
async fn the_first_session_to_enter_a_code_claims_it() {
    let app = TestApp::start().await;
    let (codes, first, second) = (start(&app).await, app.user().await, app.user().await);
    let mut owner = Browser::signed_in(&app, &first).await;
    let mut elsewhere = Browser::signed_in(&app, &first).await;
    let mut stranger = Browser::signed_in(&app, &second).await;
    enter(&mut owner, &codes.user).await.assert_page(200);
    for browser in [&mut elsewhere, &mut stranger] {
        enter(browser, &codes.user).await.assert_page(404);
        let token = browser.get(ACTIVATE).await.form_token();
        for decision in ["approve", "deny"] {
            let fields = [("code", codes.user.as_str()), ("decision", decision)];
            browser.post(DECISION, &token, &fields).await.assert_page(404);
        }
    }
    enter(&mut owner, &codes.user).await.assert_page(200);
    approve(&mut owner, &codes).await;
    poll(&app, &codes).await.assert_status(200);
}

#[tokio::test]
async fn a_code_is_decided_about_once() {
    let app = TestApp::start().await;
    let codes = start(&app).await;
    let mut browser = Browser::signed_in(&app, &app.user().await).await;
    let shown = enter(&mut browser, &codes.user).await;
    let fields = |decision| [("code", codes.user.as_str()), ("decision", decision)];
    browser.post(DECISION, &shown.form_token(), &fields("maybe")).await.assert_page(404);
    browser.post(DECISION, &shown.form_token(), &fields("deny")).await;
    browser.post(DECISION, &shown.form_token(), &fields("approve")).await.assert_page(404);
    assert_error(&poll(&app, &codes).await, "access_denied");
}

#[tokio::test]
async fn a_decision_without_a_code_that_was_entered_is_none() {
    let app = TestApp::start().await;
    let codes = start(&app).await;
    let mut browser = Browser::signed_in(&app, &app.user().await).await;
    let token = browser.get(ACTIVATE).await.form_token();
    for decision in ["approve", "deny"] {
        let fields = [("code", codes.user.as_str()), ("decision", decision)];
        browser.post(DECISION, &token, &fields).await.assert_page(404);
    }
    // Not even claimed: else guesses would be free here.
    assert_eq!(assert_error(&poll(&app, &codes).await, "authorization_pending")["claimed"], false);
}

#[tokio::test]
async fn forms_of_other_sites_and_those_without_a_token_decide_nothing() {
    let app = TestApp::start().await;
    let codes = start(&app).await;
    let mut browser = Browser::signed_in(&app, &app.user().await).await;
    let shown = enter(&mut browser, &codes.user).await;
    let fields = [("code", codes.user.as_str()), ("decision", "approve")];
    browser.post(DECISION, "x", &fields).await.assert_page(403);
    let token = shown.form_token();
    browser.form_headers =
        vec![("origin", "https://evil.test".to_owned()), ("sec-fetch-site", "cross-site".to_owned())];
    browser.post(DECISION, &token, &fields).await.assert_page(403);
    browser.post(ACTIVATE, &token, &[("code", &codes.user)]).await.assert_page(403);
    assert_error(&poll(&app, &codes).await, "authorization_pending");
}

#[tokio::test]
async fn codes_are_read_as_people_type_them() {
    let app = TestApp::start().await;
    let mut browser = Browser::signed_in(&app, &app.user().await).await;
    for change in [str::to_lowercase as fn(&str) -> String, |code| code.replace('-', " "), |code| code.replace('-', "")]
    {
        let codes = start(&app).await;
        enter(&mut browser, &change(&codes.user)).await.assert_page(200);
    }
    let text = enter(&mut browser, "WDJB").await.assert_page(422);
    assert!(text.contains("eight letters"), "{text}");
    enter(&mut browser, &"B".repeat(10_000)).await.assert_page(422);
}

#[tokio::test]
async fn wrong_codes_are_bounded() {
    let app = TestApp::start_with(|config| config.limits = LimitsConfig::of(&auth_service::limits::LIMITS)).await;
    let mut browser = Browser::signed_in(&app, &app.user().await).await;
    let token = browser.get(ACTIVATE).await.form_token();
    for _ in 0..10 {
        browser.post(ACTIVATE, &token, &[("code", "BBBB-BBBB")]).await.assert_page(404);
    }
    browser.post(ACTIVATE, &token, &[("code", "BBBB-BBBB")]).await.assert_page(429);
}

#[tokio::test]
async fn a_device_in_another_country_needs_a_recent_sign_in() {
    let region = HeaderName::from_static("x-region");
    let app = TestApp::start_with(|config| {
        config.client_region_header = Some(region);
        config.limits.clients = Clients::new("127.0.0.0/8".parse().unwrap(), Default::default());
    })
    .await;
    let moscow = [("x-region", "RU-MOW".to_owned()), ("x-forwarded-for", "192.0.2.8".to_owned())];
    let user = app.user().await;
    let mut browser = Browser::signed_in(&app, &user).await;
    browser.form_headers.extend(moscow.clone());
    app.advance(Duration::from_secs(11 * 60));
    let codes = start_in(&app, "FR").await;
    let text = decide(&mut browser, &codes, "approve").await.assert_page(403);
    assert!(text.contains("Sign in again"), "{text}");
    assert_error(&poll(&app, &codes).await, "authorization_pending");
    let near = start_in(&app, "RU-SPE").await;
    approve(&mut browser, &near).await;
    decide(&mut browser, &codes, "deny").await.assert_goes_to("/account/devices?done=device-denied");
    let again = start_in(&app, "FR").await;
    let mut fresh = Browser::signed_in(&app, &user).await;
    fresh.form_headers.extend(moscow);
    approve(&mut fresh, &again).await;
}

#[tokio::test]
async fn an_approval_is_mailed_and_a_refusal_is_not() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let mut browser = Browser::signed_in(&app, &user).await;
    decide(&mut browser, &start(&app).await, "deny").await;
    approve(&mut browser, &start(&app).await).await;
    let mails = app.mails_to(&user.email).await;
    let approvals = mails.iter().filter(|mail| mail.notification == Notification::DeviceApproved).count();
    assert_eq!(approvals, 1);
}
