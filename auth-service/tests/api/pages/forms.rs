//! Forms are accepted from our own pages only.

use contracts::codes;
use service_kit::testing::note_page;

use super::browser::{Browser, ORIGIN, PageReply, SESSION};
use crate::app::{TestApp, TestUser};

/// Headers of a form, and `true` when the form is accepted.
fn matrix() -> Vec<(Vec<(&'static str, String)>, bool)> {
    let ours = |name: &'static str, path: &str| (name, format!("{ORIGIN}{path}"));
    vec![
        (vec![ours("origin", "")], true),
        (vec![ours("origin", ""), ("sec-fetch-site", "same-origin".into())], true),
        (vec![ours("referer", "/account/sign-in")], true),
        (vec![], false),
        (vec![("origin", "null".into())], false),
        (vec![("origin", "https://evil.test".into())], false),
        (vec![("origin", "https://auth.test".into())], false),
        (vec![("origin", "http://auth.test.evil.test".into())], false),
        (vec![("origin", "http://sub.auth.test".into())], false),
        (vec![("origin", "https://evil.test".into()), ours("referer", "/account")], false),
        (vec![("referer", "https://evil.test/http://auth.test/".into())], false),
        (vec![ours("origin", ""), ("sec-fetch-site", "cross-site".into())], false),
        (vec![ours("origin", ""), ("sec-fetch-site", "same-site".into())], false),
        (vec![ours("origin", ""), ("sec-fetch-site", "none".into())], false),
    ]
}

async fn sign_in(browser: &mut Browser<'_>, token: &str, user: &TestUser) -> u16 {
    let fields = [("email", user.email.as_str()), ("password", user.password.as_str())];
    let reply = browser.post("/account/sign-in", token, &fields).await;
    if reply.status.as_u16() == 403 {
        assert!(reply.assert_page(403).contains("This form is too old"));
        note_page(codes::FORM_REFUSED);
        assert!(!browser.cookies.contains_key(SESSION));
    }
    reply.status.as_u16()
}

#[tokio::test]
async fn a_form_from_another_or_an_unknown_origin_is_refused() {
    let app = TestApp::start().await;
    let user = app.user().await;
    for (headers, accepted) in matrix() {
        let mut browser = Browser::new(&app);
        let token = browser.get("/account/sign-in").await.form_token();
        browser.form_headers.clone_from(&headers);
        let status = sign_in(&mut browser, &token, &user).await;
        assert_eq!(status, if accepted { 303 } else { 403 }, "{headers:?}");
    }
}

#[tokio::test]
async fn a_form_without_the_token_of_this_browser_is_refused() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let of_other_browser = Browser::new(&app).get("/account/sign-in").await.form_token();
    let mut browser = Browser::new(&app);
    let own = browser.get("/account/sign-in").await.form_token();
    for token in ["", "x", &of_other_browser, &own[1..], &own.to_lowercase()] {
        assert_eq!(sign_in(&mut browser, token, &user).await, 403, "{token}");
    }
    let mut without = Browser::new(&app);
    assert_eq!(sign_in(&mut without, &own, &user).await, 403, "without the cookie");
    for (name, value) in [("__Host-marquee-form", "x".to_owned()), ("__Host-marquee-form-00000000", "x".repeat(43))] {
        without.cookies.insert(name.into(), value);
    }
    assert_eq!(sign_in(&mut without, &own, &user).await, 403, "with a forged cookie");
    assert_eq!(sign_in(&mut browser, &own, &user).await, 303);
}

#[tokio::test]
async fn a_form_of_a_member_takes_the_token_of_that_very_session() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let (mut one, mut two) = (Browser::signed_in(&app, &user).await, Browser::signed_in(&app, &user).await);
    let mut stranger = Browser::signed_in(&app, &app.user().await).await;
    let open = Browser::new(&app).get("/account/sign-in").await.form_token();
    let of_two = two.get("/account").await.form_token();
    let of_stranger = stranger.get("/account").await.form_token();
    let actions = [
        "/account/sign-out",
        "/account/security",
        "/account/security/first",
        "/account/devices/sign-out-others",
        "/account/devices/0190a000-0000-7000-8000-000000000000/sign-out",
        "/account/social/0190a000-0000-7000-8000-000000000000/unlink",
        "/account/social/stub/link",
        "/account/profile",
        "/account/zone",
        "/account/export",
        "/account/delete",
    ];
    for action in actions {
        for token in ["", &open, &of_two, &of_stranger] {
            one.post(action, token, &[]).await.assert_page(403);
        }
        let own = one.get("/account").await.form_token();
        let headers = std::mem::replace(&mut one.form_headers, vec![("origin", "https://evil.test".into())]);
        one.post(action, &own, &[]).await.assert_page(403);
        one.form_headers = headers;
        Browser::new(&app).post(action, &own, &[]).await.assert_asks_to_sign_in();
    }
    one.get("/account").await.assert_page(200);
    two.get("/account").await.assert_page(200);
}

#[tokio::test]
async fn a_loopback_issuer_accepts_its_own_origins_and_no_rebound_domain() {
    let app = TestApp::start_with(|config| config.issuer = "http://127.0.0.1:8001".into()).await;
    let user = app.user().await;
    let host = app.base().strip_prefix("http://").unwrap().to_owned();
    for (origin, status) in [
        (format!("http://{host}"), 303),
        ("http://127.0.0.1:8001".into(), 303),
        ("http://127.0.0.1:1".into(), 403),
        ("http://evil.test".into(), 403),
    ] {
        let mut browser = Browser::new(&app);
        let token = browser.get("/account/sign-in").await.form_token();
        browser.form_headers = vec![("origin", origin.clone())];
        assert_eq!(sign_in(&mut browser, &token, &user).await, status, "{origin}");
    }
    let mut rebound = Browser::new(&app);
    let token = rebound.get("/account/sign-in").await.form_token();
    rebound.form_headers = vec![("origin", "http://evil.test".into()), ("host", "evil.test".into())];
    assert_eq!(sign_in(&mut rebound, &token, &user).await, 403);
}
