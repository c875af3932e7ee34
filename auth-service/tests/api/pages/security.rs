//! `/account/security`.

use super::browser::{Browser, PageReply};
use crate::app::TestApp;

const PATH: &str = "/account/security";
const NEW: &str = "nine owls in a tall tree";

#[tokio::test]
async fn another_password_ends_every_other_session_and_this_browser_goes_on() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let (mut here, mut other) = (Browser::signed_in(&app, &user).await, Browser::signed_in(&app, &user).await);
    let tv = app.signed_in(&user).await;
    let fields = [("current_password", user.password.as_str()), ("new_password", NEW)];
    here.fill(PATH, PATH, &fields).await.assert_goes_to("/account/security?done=password-changed");
    let text = here.get("/account/security?done=password-changed").await.assert_page(200);
    assert!(text.contains("role=\"status\"") && text.contains("Your password is changed."), "{text}");
    other.get("/account").await.assert_asks_to_sign_in();
    app.me(&tv.access).await.assert_problem(401, "auth.token_invalid");
    app.refresh(&tv.refresh).await.assert_problem(401, "auth.refresh_token_invalid");
    app.log_in(&user.email, NEW).await.assert_status(201);
}

#[tokio::test]
async fn a_wrong_current_password_and_a_bad_new_one_change_nothing() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let mut browser = Browser::signed_in(&app, &user).await;
    let right = user.password.as_str();
    for (current, new, status, field) in [
        ("four cats on a sofa", NEW, 403, "current-wrong"),
        (right, "password1", 422, "new-wrong"),
        (right, "short", 422, "new-wrong"),
        (right, "", 422, "new-wrong"),
    ] {
        let fields = [("current_password", current), ("new_password", new)];
        let text = browser.fill(PATH, PATH, &fields).await.assert_page(status);
        assert!(text.contains(&format!("id=\"{field}\"")), "{field} in {text}");
        assert!(!text.contains("four cats") && !text.contains(NEW), "{text}");
    }
    app.log_in(&user.email, right).await.assert_status(201);
}
