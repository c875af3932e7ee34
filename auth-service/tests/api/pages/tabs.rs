//! Several tabs of one browser, prefetched and reopened pages, and foreign cookies.

use reqwest::Method;

use super::browser::{Browser, PageReply, SESSION, assert_protected};
use super::provider::providers;
use super::social::{open_callback, start_social};
use crate::app::TestApp;

const SIGN_IN: &str = "/account/sign-in";
const START: &str = "/account/social/stub/start";

#[tokio::test]
async fn a_form_of_a_tab_that_was_open_before_another_tab_signed_in_leads_to_the_account() {
    let app = TestApp::start_offering(providers()).await;
    let user = app.user().await;
    let fields = [("email", user.email.as_str()), ("password", user.password.as_str())];
    for (page, action) in [(SIGN_IN, SIGN_IN), ("/account/sign-up", "/account/sign-up"), (SIGN_IN, START)] {
        let mut browser = Browser::new(&app);
        let other_tab = browser.get(page).await.form_token();
        browser.sign_in(&user.email, &user.password).await.assert_goes_to("/account");
        let session = browser.cookies[SESSION].clone();
        browser.post(action, &other_tab, &fields).await.assert_goes_to("/account");
        assert_eq!(browser.cookies[SESSION], session, "{action} had no effect");
        browser.get("/account").await.assert_page(200);
        // Another origin is still refused.
        browser.form_headers = vec![("origin", "https://evil.test".into())];
        browser.post(action, &other_tab, &fields).await.assert_page(403);
    }
}

#[tokio::test]
async fn tabs_that_are_opened_at_the_same_moment_each_have_a_form_that_works() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let fields = [("email", user.email.as_str()), ("password", user.password.as_str())];
    for sent in [0, 1] {
        let mut browser = Browser::new(&app);
        let mut tokens = Vec::new();
        let mut cookies = Vec::new();
        for _ in 0..2 {
            tokens.push(browser.get(SIGN_IN).await.form_token());
            cookies.extend(std::mem::take(&mut browser.cookies)); // as if both were sent at once
        }
        browser.cookies = cookies.into_iter().collect();
        browser.post(SIGN_IN, &tokens[sent], &fields).await.assert_goes_to("/account");
        browser.post(SIGN_IN, &tokens[1 - sent], &fields).await.assert_goes_to("/account");
        assert!(browser.cookies_of("__Host-marquee-form").is_empty());
    }
}

#[tokio::test]
async fn sign_ins_in_several_tabs_all_finish_and_the_oldest_of_too_many_is_dropped() {
    let app = TestApp::start_offering(providers()).await;
    let mut browser = Browser::new(&app);
    let first = start_social(&mut browser, SIGN_IN, START).await;
    let second = start_social(&mut browser, SIGN_IN, "/account/social/other/start").await;
    let back = format!("/account/social/other/callback?code=vera&state={second}");
    browser.get(&back).await.assert_goes_to("/account");
    open_callback(&mut browser, &first, "vera").await.assert_goes_to("/account");
    browser.get("/account").await.assert_page(200);

    let mut busy = Browser::new(&app);
    for _ in 0..9 {
        start_social(&mut busy, SIGN_IN, START).await;
    }
    assert_eq!(busy.cookies_of("__Host-marquee-social-").len(), 4);
}

#[tokio::test]
async fn a_prefetched_callback_has_no_effect_and_works_afterwards() {
    let app = TestApp::start_offering(providers()).await;
    let mut browser = Browser::new(&app);
    let state = start_social(&mut browser, SIGN_IN, START).await;
    let before = browser.cookies.clone();
    let back = format!("/account/social/stub/callback?code=vera&state={state}");
    for (method, header) in [
        (Method::GET, ("sec-purpose", "prefetch")),
        (Method::GET, ("sec-purpose", "prefetch;prerender")),
        (Method::GET, ("purpose", "prefetch")),
        (Method::GET, ("x-moz", "prefetch")),
        (Method::GET, ("x-purpose", "preview")),
        (Method::HEAD, ("accept", "*/*")),
    ] {
        let reply = browser.fetch_ahead(method, &back, &[header]).await;
        assert_eq!((reply.status.as_u16(), reply.header("cache-control")), (425, "no-store"), "{header:?}");
        assert_protected(&reply);
        assert_eq!(browser.cookies, before, "{header:?}");
    }
    // A link scanner has no cookies, and does not consume the login state.
    Browser::new(&app).get(&back).await.assert_page(400);
    browser.get(&back).await.assert_goes_to("/account");
}

#[tokio::test]
async fn a_callback_that_is_opened_again_leads_to_the_account_and_does_nothing() {
    let app = TestApp::start_offering(providers()).await;
    let mut browser = Browser::new(&app);
    let state = start_social(&mut browser, SIGN_IN, START).await;
    let ticket = browser.cookies_of("__Host-marquee-social-").remove(0);
    open_callback(&mut browser, &state, "vera").await.assert_goes_to("/account");
    let session = browser.cookies[SESSION].clone();
    open_callback(&mut browser, &state, "vera").await.assert_goes_to("/account");
    browser.cookies.insert(ticket.0, ticket.1); // as in a second request that was sent together with the first
    open_callback(&mut browser, &state, "zoe").await.assert_goes_to("/account");
    assert_eq!(browser.cookies[SESSION], session);
    assert!(browser.get("/account").await.assert_page(200).contains("vera"));
}

#[tokio::test]
async fn foreign_and_unreadable_cookies_do_not_sign_the_user_out() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let browser = Browser::signed_in(&app, &user).await;
    let session = format!("{SESSION}={}", browser.cookies[SESSION]);
    let unreadable: &[u8] = b"name=\xc0\xed\xed\xe0; flag; =; __Host-marquee=of-somebody-else; ";
    for line in [[unreadable, session.as_bytes()].concat(), [session.as_bytes(), b"; ", unreadable].concat()] {
        let reply = app.request(Method::GET, "/account").header_bytes("cookie", &line).send().await;
        assert!(reply.assert_page(200).contains(&user.email));
    }
}
