//! Session fixation (CWE-384): cookies that were planted in a browser are those of no later session, and a session that
//! has ended leaves nothing that works.

use super::browser::{Browser, PageReply, SESSION, assert_protected};
use super::provider::providers;
use super::social::{open_callback, start_social};
use crate::addresses::support::NEW_PASSWORD;
use crate::app::{TestApp, TestUser, unique_email};

/// Ways to get a session in a browser.
const DOORS: [&str; 3] = ["password", "sign-up", "provider"];

/// A browser in which an attacker has planted all cookies of another session.
async fn planted<'a>(app: &'a TestApp, attacker: &TestUser) -> Browser<'a> {
    let mut browser = Browser::new(app);
    browser.get("/account/sign-in").await;
    let session = Browser::signed_in(app, attacker).await;
    browser.cookies.extend(session.cookies);
    browser
}

/// Opens a session through a door, with the form that the browser had before. A form of a browser with a session leads to
/// the account, so the form is fetched without the planted session.
async fn enter(browser: &mut Browser<'_>, door: &str, user: &TestUser) {
    let session = browser.cookies.remove(SESSION).unwrap();
    let reply = match door {
        "password" => {
            let token = browser.get("/account/sign-in").await.form_token();
            browser.cookies.insert(SESSION.into(), session);
            let fields = [("email", user.email.as_str()), ("password", user.password.as_str())];
            browser.post("/account/sign-in", &token, &fields).await
        }
        "sign-up" => {
            let token = browser.get("/account/sign-up").await.form_token();
            browser.cookies.insert(SESSION.into(), session);
            browser.send_sign_up(&token, "", &unique_email()).await
        }
        _ => {
            let state = start_social(browser, "/account/sign-in", "/account/social/stub/start").await;
            browser.cookies.insert(SESSION.into(), session);
            open_callback(browser, &state, "vera").await
        }
    };
    reply.assert_goes_to("/account");
    assert_protected(&reply);
    for line in reply.set_cookies() {
        let is_bound = ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"].iter().all(|part| line.contains(part));
        assert!(line.starts_with("__Host-") && is_bound && !line.contains("Domain"), "{line}");
    }
}

#[tokio::test]
async fn a_planted_session_is_not_the_one_that_any_door_opens_and_it_ends() {
    let app = TestApp::start_offering(providers()).await;
    let (user, attacker) = (app.user().await, app.user().await);
    for door in DOORS {
        let mut browser = planted(&app, &attacker).await;
        let before = browser.cookies[SESSION].clone();
        enter(&mut browser, door, &user).await;
        assert_ne!(browser.cookies[SESSION], before, "{door}");
        let mut attacking = Browser::new(&app);
        attacking.cookies.insert(SESSION.into(), before);
        attacking.get("/account").await.assert_asks_to_sign_in();
        let text = browser.get("/account").await.assert_page(200);
        assert!(!text.contains(&attacker.email), "{door}");
    }
}

#[tokio::test]
async fn cookies_of_other_names_and_scopes_are_no_session() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let browser = Browser::signed_in(&app, &user).await;
    let value = browser.cookies[SESSION].clone();
    for name in ["marquee", "__Secure-marquee", "__host-marquee", "__Host-Marquee", "session", "__Host-marquee-device"]
    {
        let mut other = Browser::new(&app);
        other.cookies.insert(name.into(), value.clone());
        other.get("/account").await.assert_asks_to_sign_in();
    }
}

/// Everything of a browser that was signed in: cookies, and the token of its forms.
async fn leave(app: &TestApp, user: &TestUser, end: impl AsyncFnOnce(&mut Browser<'_>)) {
    let mut browser = Browser::signed_in(app, user).await;
    let token = browser.get("/account").await.form_token();
    let kept = browser.cookies.clone();
    end(&mut browser).await;
    let mut later = Browser { cookies: kept, ..Browser::new(app) };
    later.get("/account").await.assert_asks_to_sign_in();
    later.get("/account/email").await.assert_asks_to_sign_in();
    for action in ["/account/profile", "/account/delete", "/account/export", "/account/email/change"] {
        later.post(action, &token, &[("name", "x"), ("email", "x@example.org")]).await.assert_asks_to_sign_in();
    }
}

#[tokio::test]
async fn after_a_session_has_ended_its_cookies_and_its_forms_do_nothing() {
    let app = TestApp::start().await;
    let user = app.user().await;
    leave(&app, &user, async |browser| {
        let out = browser.fill("/account", "/account/sign-out", &[]).await;
        out.assert_goes_to("/account/sign-in?done=signed-out");
    })
    .await;
    leave(&app, &user, async |browser| {
        let mut other = Browser::signed_in(browser.app, &user).await;
        let out = other.fill("/account/devices", "/account/devices/sign-out-others", &[]).await;
        out.assert_goes_to("/account/devices?done=others-ended");
    })
    .await;
    leave(&app, &user, async |_| {
        let (reset, code) = (app.ask_reset(&user.email).await, app.code_to(&user.email).await);
        app.confirm_reset(&reset, &code, NEW_PASSWORD).await.assert_status(204);
    })
    .await;
}
