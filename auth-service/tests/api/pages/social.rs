//! Social sign-in in a browser: the redirect to a provider and its callback.

use std::time::Duration;

use service_kit::testing::TestReply;

use super::browser::{Browser, PageReply, SESSION};
use super::provider::providers;
use crate::app::{TestApp, unique_email};

const TICKET: &str = "__Host-marquee-social-";

/// Starts a sign-in or link with a button of `page` and returns the `state` of its redirect.
pub async fn start_social(browser: &mut Browser<'_>, page: &str, action: &str) -> String {
    let reply = browser.fill(page, action, &[]).await;
    state_of(&reply)
}

fn state_of(reply: &TestReply) -> String {
    let text = reply.assert_page(200);
    let (_, rest) = text.split_once("http-equiv=\"refresh\" content=\"0;url=").expect("the way on");
    let url = rest.split('"').next().unwrap().replace("&#38;", "&");
    assert!(url.starts_with("https://provider.test/authorize?x=") && !url.contains('<'), "{url}");
    let url = url::Url::parse(&url).unwrap();
    url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned()
}

pub async fn open_callback(browser: &mut Browser<'_>, state: &str, code: &str) -> TestReply {
    let query = serde_urlencoded::to_string([("code", code), ("state", state)]).unwrap();
    browser.get(&format!("/account/social/stub/callback?{query}")).await
}

/// Signs in as the user of this code.
pub async fn sign_in_with_provider(browser: &mut Browser<'_>, code: &str) -> TestReply {
    let state = start_social(browser, "/account/sign-in", "/account/social/stub/start").await;
    open_callback(browser, &state, code).await
}

/// Links the user of this code to the signed-in account.
pub async fn link(browser: &mut Browser<'_>, code: &str) -> TestReply {
    let state = start_social(browser, "/account/linked", "/account/social/stub/link").await;
    open_callback(browser, &state, code).await
}

#[tokio::test]
async fn a_new_user_signs_in_with_a_provider() {
    let app = TestApp::start_offering(providers()).await;
    let mut browser = Browser::new(&app);
    let text = browser.get("/account/sign-in").await.assert_page(200);
    assert!(text.contains("Stub &#38; Sons") && text.contains("/account/social/other/start"), "{text}");
    let reply = browser.fill("/account/sign-in", "/account/social/stub/start", &[]).await;
    let line = reply.set_cookies().into_iter().find(|line| line.starts_with(TICKET)).unwrap();
    for attribute in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=600"] {
        assert!(line.contains(attribute), "{attribute} in {line}");
    }
    open_callback(&mut browser, &state_of(&reply), "vera").await.assert_goes_to("/account");
    assert!(browser.cookies_of(TICKET).is_empty(), "the cookie of the login state is removed");
    let text = browser.get("/account").await.assert_page(200);
    assert!(text.contains("&#60;i&#62;vera&#60;/i&#62;"), "{text}");
    assert!(browser.get("/account/history").await.assert_page(200).contains("Linked account"));
}

#[tokio::test]
async fn a_callback_works_once_and_only_in_the_browser_that_started_it() {
    let app = TestApp::start_offering(providers()).await;
    let mut browser = Browser::new(&app);
    let state = start_social(&mut browser, "/account/sign-in", "/account/social/stub/start").await;
    let (name, ticket) = browser.cookies_of(TICKET).remove(0);
    // Login CSRF: the victim opens the attacker's callback.
    let mut victim = Browser::new(&app);
    assert!(open_callback(&mut victim, &state, "vera").await.assert_page(400).contains("That sign-in has run out"));
    let own = start_social(&mut victim, "/account/sign-in", "/account/social/stub/start").await;
    open_callback(&mut victim, &state, "vera").await.assert_page(400);
    assert!(!victim.cookies.contains_key(SESSION));
    victim.cookies.insert(name.clone(), victim.cookies_of(TICKET).remove(0).1);
    open_callback(&mut victim, &state, "vera").await.assert_page(400);
    assert!(!victim.cookies.contains_key(SESSION));
    open_callback(&mut victim, &own, "zoe").await.assert_goes_to("/account"); // the victim's own sign-in still works

    open_callback(&mut browser, &state, "vera").await.assert_goes_to("/account");
    let mut again = Browser::new(&app);
    again.cookies.insert(name, ticket);
    open_callback(&mut again, &state, "vera").await.assert_page(400);
    assert!(!again.cookies.contains_key(SESSION));
}

#[tokio::test]
async fn a_login_state_is_valid_for_its_provider_and_for_ten_minutes() {
    let app = TestApp::start_offering(providers()).await;
    let mut browser = Browser::new(&app);
    let state = start_social(&mut browser, "/account/sign-in", "/account/social/stub/start").await;
    browser.get(&format!("/account/social/other/callback?code=vera&state={state}")).await.assert_page(400);
    let state = start_social(&mut browser, "/account/sign-in", "/account/social/stub/start").await;
    app.advance(Duration::from_secs(600));
    open_callback(&mut browser, &state, "vera").await.assert_page(400);
}

#[tokio::test]
async fn a_newcomer_whose_address_is_only_claimed_chooses_to_take_it() {
    let app = TestApp::start_offering(providers()).await;
    let squatter = app.user().await;
    let code = format!("vera={}", squatter.email);
    let mut browser = Browser::new(&app);
    let choice = sign_in_with_provider(&mut browser, &code).await;
    let text = choice.assert_page(409);
    assert!(text.contains("/account/forgotten") && text.contains("The account is not mine"), "{text}");
    assert!(!browser.cookies.contains_key(SESSION));

    let fields = [("take_claimed", "yes")];
    let started = browser.post("/account/social/stub/start", &choice.form_token(), &fields).await;
    open_callback(&mut browser, &state_of(&started), &code).await.assert_goes_to("/account");
    assert!(browser.get("/account/email").await.assert_page(200).contains(&squatter.email));
    app.log_in(&squatter.email, &squatter.password).await.assert_problem(401, "auth.wrong_credentials");
}

#[tokio::test]
async fn every_failure_of_a_provider_is_shown_as_an_error_page() {
    let app = TestApp::start_offering(providers()).await;
    let (known, _) = app.mailbox_owner().await;
    let taken = format!("vera={}", known.email);
    for (code, status, message) in [
        ("refused", 400, "The other side said no"),
        (taken.as_str(), 409, "Sign in to it with your password first"),
        ("confused", 502, "The other side is confused"),
        ("away", 503, "The other side does not answer"),
    ] {
        let mut browser = Browser::new(&app);
        let reply = sign_in_with_provider(&mut browser, code).await;
        let text = reply.assert_page(status);
        assert!(text.contains(message), "{code}: {text}");
        assert_eq!(!reply.header("retry-after").is_empty(), status == 503, "{code}");
        assert!(!browser.cookies.contains_key(SESSION) && browser.cookies_of(TICKET).is_empty(), "{code}");
    }
    let mut browser = Browser::new(&app);
    let state = start_social(&mut browser, "/account/sign-in", "/account/social/stub/start").await;
    let query = format!("error=access_denied&error_description=<script>&state={state}");
    let reply = browser.get(&format!("/account/social/stub/callback?{query}")).await;
    assert!(reply.assert_page(400).contains("You cancelled"));
    for path in ["nobody", "Stub", "%2e%2e", "stub%00"] {
        browser.get(&format!("/account/social/{path}/callback?code=x&state=y")).await.assert_page(404);
        browser.fill("/account/sign-in", &format!("/account/social/{path}/start"), &[]).await.assert_page(404);
    }
    for query in ["", "?code=x", "?state=x", "?code=x&code=y&state=z", "?%ff"] {
        browser.get(&format!("/account/social/stub/callback{query}")).await.assert_page(400);
    }
}

#[tokio::test]
async fn a_callback_can_be_loaded_again_when_its_code_did_not_get_to_the_provider() {
    let app = TestApp::start_offering(providers()).await;
    let mut browser = Browser::new(&app);
    let state = start_social(&mut browser, "/account/sign-in", "/account/social/stub/start").await;
    let text = open_callback(&mut browser, &state, "late").await.assert_page(503);
    assert!(text.contains("The other side does not answer"), "{text}");
    open_callback(&mut browser, &state, "late").await.assert_goes_to("/account");
    assert!(browser.cookies.contains_key(SESSION) && browser.cookies_of(TICKET).is_empty());
}

#[tokio::test]
async fn a_closed_account_is_not_opened_by_a_provider() {
    let app = TestApp::start_offering(providers()).await;
    let email = unique_email();
    let code = format!("vera={email}");
    sign_in_with_provider(&mut Browser::new(&app), &code).await.assert_goes_to("/account");
    app.home.sql(&format!("UPDATE users SET status = 1 WHERE email_norm = '{email}'")).await;
    let reply = sign_in_with_provider(&mut Browser::new(&app), &code).await;
    assert!(reply.assert_page(403).contains("This account is closed"));
}
