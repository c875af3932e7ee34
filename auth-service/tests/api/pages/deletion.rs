//! `/account/delete`.

use std::time::Duration;

use super::browser::{Browser, PageReply, SESSION};
use crate::app::TestApp;

const PATH: &str = "/account/delete";

#[tokio::test]
async fn a_deleted_account_is_gone_and_the_browser_forgets_it() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let (mut browser, tv) = (Browser::signed_in(&app, &user).await, app.signed_in(&user).await);
    let text = browser.get(PATH).await.assert_page(200);
    assert!(text.contains("At once:") && text.contains("Within two days:"), "{text}");
    browser.fill(PATH, PATH, &[]).await.assert_page(422);
    app.me(&tv.access).await.assert_status(200);
    let reply = browser.fill(PATH, PATH, &[("sure", "yes")]).await;
    reply.assert_goes_to("/account/sign-in?done=deleted");
    for cookie in [SESSION, "__Host-marquee-device"] {
        assert!(!browser.cookies.contains_key(cookie), "{cookie}");
    }
    assert!(browser.get("/account/sign-in?done=deleted").await.assert_page(200).contains("Your account was deleted."));
    app.me(&tv.access).await.assert_problem(401, "auth.token_invalid");
    app.log_in(&user.email, &user.password).await.assert_problem(401, "auth.wrong_credentials");
}

#[tokio::test]
async fn a_sign_in_of_long_ago_deletes_nothing() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let mut browser = Browser::signed_in(&app, &user).await;
    app.advance(Duration::from_secs(601));
    let text = browser.fill(PATH, PATH, &[("sure", "yes")]).await.assert_page(403);
    assert!(text.contains("Sign in again first"), "{text}");
    app.signed_in(&user).await;
}
