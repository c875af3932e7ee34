//! `/account/sign-in`.

use std::time::Duration;

use serde_json::json;

use super::browser::{Browser, PageReply, SESSION};
use crate::app::{TestApp, unique_email};

const DAY: Duration = Duration::from_secs(24 * 3600);

#[tokio::test]
async fn without_a_session_every_page_redirects_to_sign_in() {
    let app = TestApp::start().await;
    let mut browser = Browser::new(&app);
    for path in ["", "/profile", "/security", "/devices", "/history", "/linked", "/delete"] {
        browser.get(&format!("/account{path}")).await.assert_asks_to_sign_in();
    }
}

#[tokio::test]
async fn the_right_password_opens_the_account_and_shows_it() {
    let app = TestApp::start().await;
    let user = app.user_with(json!({"display_name": "Anna", "birth_date": "1990-05-17", "region": "KZ"})).await;
    let mut browser = Browser::new(&app);
    browser.sign_in(&format!(" {} ", user.email.to_uppercase()), &user.password).await.assert_goes_to("/account");
    let text = browser.get("/account").await.assert_page(200);
    for shown in ["Hello, <span class=\"person\"><bdi>Anna</bdi></span>", &user.email, "17 May 1990", "Kazakhstan"] {
        assert!(text.contains(shown), "{shown} in {text}");
    }
    browser.get("/account/sign-in").await.assert_goes_to("/account");
}

#[tokio::test]
async fn the_session_cookie_is_secure_http_only_same_site_and_opaque() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let mut browser = Browser::new(&app);
    let reply = browser.sign_in(&user.email, &user.password).await;
    let lines = reply.set_cookies();
    let line = lines.iter().find(|line| line.starts_with("__Host-marquee=")).unwrap();
    for attribute in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age="] {
        assert!(line.contains(attribute), "{attribute} in {line}");
    }
    assert!(!line.contains("Domain"), "{line}");
    assert!(!line.contains(&user.id) && !line.contains(&user.email), "{line}");
    let form = Browser::new(&app).get("/account/sign-in").await.set_cookies();
    for attribute in ["__Host-marquee-form-", "Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(form[0].contains(attribute), "{attribute} in {form:?}");
    }
}

#[tokio::test]
async fn every_sign_in_gets_a_session_of_its_own_and_ends_the_one_before_in_the_same_browser() {
    let app = TestApp::start().await;
    let (user, attacker) = (app.user().await, app.user().await);
    let planted = Browser::signed_in(&app, &attacker).await.cookies[SESSION].clone();
    // Session fixation: the planted session is not the one that the victim's sign-in opens.
    let mut browser = Browser::new(&app);
    let token = browser.get("/account/sign-in").await.form_token();
    browser.cookies.insert(SESSION.into(), planted.clone());
    let fields = [("email", user.email.as_str()), ("password", user.password.as_str())];
    browser.post("/account/sign-in", &token, &fields).await.assert_goes_to("/account");
    assert_ne!(browser.cookies[SESSION], planted);
    let mut attacking = Browser::new(&app);
    attacking.cookies.insert(SESSION.into(), planted);
    attacking.get("/account").await.assert_asks_to_sign_in();
    assert!(browser.get("/account").await.assert_page(200).contains(&user.email));
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_look_the_same() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let mut pages = Vec::new();
    for email in [user.email.clone(), unique_email(), "no address".to_owned()] {
        let mut browser = Browser::new(&app);
        let reply = browser.sign_in(&email, "four cats on a sofa").await;
        let text = reply.assert_page(401).replace(&email, "EMAIL").replace(&reply.form_token(), "TOKEN");
        assert!(text.contains("role=\"alert\"") && text.contains("Wrong e-mail or password"), "{text}");
        assert!(text.contains("aria-describedby=\"form-wrong\"") && !text.contains("four cats"), "{text}");
        assert!(!browser.cookies.contains_key(SESSION));
        pages.push(text);
    }
    assert!(pages.iter().all(|page| page == &pages[0]), "{pages:?}");
    Browser::new(&app).sign_in(&user.email, &"x".repeat(300)).await.assert_page(401);
    Browser::new(&app).sign_in("", "").await.assert_page(401);
}

#[tokio::test]
async fn forged_and_altered_session_cookies_are_not_accepted() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let mut browser = Browser::signed_in(&app, &user).await;
    let good = browser.cookies[SESSION].clone();
    let changed = format!("{}{}", if good.starts_with('A') { "B" } else { "A" }, &good[1..]);
    for cookie in [String::new(), "x".into(), changed, good[..good.len() - 1].to_owned(), "A".repeat(5000)] {
        browser.cookies.insert(SESSION.into(), cookie);
        browser.get("/account").await.assert_asks_to_sign_in();
    }
    browser.cookies.insert(SESSION.into(), good);
    browser.get("/account").await.assert_page(200);
}

#[tokio::test]
async fn a_session_that_is_used_goes_on_and_one_that_is_not_ends() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let mut browser = Browser::signed_in(&app, &user).await;
    let mut forgotten = Browser::signed_in(&app, &user).await;
    app.advance(20 * DAY);
    browser.get("/account").await.assert_page(200);
    app.advance(20 * DAY);
    browser.get("/account").await.assert_page(200);
    forgotten.get("/account").await.assert_asks_to_sign_in();
    for _ in 0..8 {
        app.advance(20 * DAY);
        browser.get("/account").await;
    }
    browser.get("/account").await.assert_asks_to_sign_in();
}

#[tokio::test]
async fn a_closed_account_is_signed_out_at_once() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let mut browser = Browser::signed_in(&app, &user).await;
    app.home.sql(&format!("UPDATE users SET status = 1 WHERE email_norm = '{}'", user.email)).await;
    browser.get("/account").await.assert_asks_to_sign_in();
}

#[tokio::test]
async fn no_field_cuts_what_is_pasted() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let mut browser = Browser::new(&app);
    let mut pages = Vec::new();
    for path in ["/account/sign-in", "/account/sign-up"] {
        pages.push(browser.get(path).await.assert_page(200));
    }
    browser.sign_in(&user.email, &user.password).await.assert_goes_to("/account");
    pages.push(browser.get("/account/security").await.assert_page(200));
    for page in pages {
        assert!(page.contains("type=\"password\"") && !page.contains("maxlength"), "{page}");
    }
}
