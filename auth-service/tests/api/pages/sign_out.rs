//! `POST /account/sign-out`.

use super::browser::{Browser, PageReply, SESSION};
use crate::app::TestApp;

#[tokio::test]
async fn signing_out_ends_the_session_in_the_database_and_removes_the_cookie() {
    let app = TestApp::start().await;
    let mut browser = Browser::signed_in(&app, &app.user().await).await;
    let kept = browser.cookies[SESSION].clone();
    let reply = browser.fill("/account", "/account/sign-out", &[]).await;
    reply.assert_goes_to("/account/sign-in?done=signed-out");
    assert!(!browser.cookies.contains_key(SESSION), "{:?}", reply.set_cookies());
    assert!(browser.get("/account/sign-in?done=signed-out").await.assert_page(200).contains("You are signed out."));
    browser.cookies.insert(SESSION.into(), kept);
    browser.get("/account").await.assert_asks_to_sign_in();
}

#[tokio::test]
async fn a_link_does_not_sign_out() {
    let app = TestApp::start().await;
    let mut browser = Browser::signed_in(&app, &app.user().await).await;
    let reply = browser.get("/account/sign-out").await;
    reply.assert_page(405);
    assert_eq!(reply.header("allow"), "POST");
    browser.get("/account").await.assert_page(200);
}
