//! The pages of a forgotten password and of the e-mail, as browsers use them.

use super::support::{NEW_PASSWORD, other};
use crate::app::{TestApp, unique_email};
use crate::pages::browser::{Browser, PageReply};

#[tokio::test]
async fn a_forgotten_password_is_replaced_with_the_code_of_a_mail() {
    let app = TestApp::start().await;
    let (user, _) = app.mailbox_owner().await;
    let mut browser = Browser::new(&app);
    assert!(browser.get("/account/sign-in").await.assert_page(200).contains("/account/forgotten"));
    let asked = browser.fill("/account/forgotten", "/account/forgotten", &[("email", &user.email)]).await;
    let (token, reset) = (asked.form_token(), asked.hidden("reset_id"));
    let code = app.code_to(&user.email).await;

    let fill = |code: String| [("reset_id", reset.clone()), ("code", code), ("password", NEW_PASSWORD.to_owned())];
    for (code, status) in [(other(&code), 400), (code[1..].to_owned(), 422)] {
        let fields = fill(code);
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        browser.post("/account/reset", &token, &fields).await.assert_page(status);
    }
    let fields = fill(code);
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.post("/account/reset", &token, &fields).await.assert_goes_to("/account/sign-in?done=password-reset");
    browser.sign_in(&user.email, NEW_PASSWORD).await.assert_goes_to("/account");
}

#[tokio::test]
async fn the_page_is_the_same_for_a_known_and_an_unknown_address() {
    let app = TestApp::start().await;
    let (user, _) = app.mailbox_owner().await;
    let mut pages = Vec::new();
    for email in [user.email.clone(), unique_email()] {
        let mut browser = Browser::new(&app);
        let asked = browser.fill("/account/forgotten", "/account/forgotten", &[("email", &email)]).await;
        let (token, reset) = (asked.form_token(), asked.hidden("reset_id"));
        pages.push(asked.assert_page(200).replace(&token, "").replace(&reset, "").replace(&email, ""));
    }
    assert_eq!(pages[0], pages[1]);
}

#[tokio::test]
async fn an_address_is_changed_on_its_page_with_the_codes_of_both_mailboxes() {
    for language in ["en", "ru"] {
        let app = TestApp::start().await;
        let (user, _) = app.mailbox_owner().await;
        let mut browser = Browser::signed_in(&app, &user).await;
        browser.language = language;
        let to = unique_email();
        let page = browser.get("/account/email").await;
        page.assert_page(200);
        let token = page.form_token();
        browser.post("/account/email/change", &token, &[("email", "x")]).await.assert_page(422);
        browser
            .post("/account/email/change", &token, &[("email", &to), ("password", &user.password)])
            .await
            .assert_goes_to("/account/email?done=code-sent");
        assert!(browser.get("/account/email").await.assert_page(200).contains(&to));
        let (code, present) = (app.code_to(&to).await, app.code_to(&user.email).await);
        let fields = [("code", code.as_str()), ("present_code", &present)];
        let wrong = [("code", present.as_str()), ("present_code", &present)];
        browser.post("/account/email/change/confirm", &token, &wrong).await.assert_page(400);
        browser
            .post("/account/email/change/confirm", &token, &fields)
            .await
            .assert_goes_to("/account/email?done=email-changed");
    }
}

#[tokio::test]
async fn a_pending_change_is_cancelled_on_the_page() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let mut browser = Browser::signed_in(&app, &user).await;
    let token = browser.get("/account/email").await.form_token();
    let to = unique_email();
    browser
        .post("/account/email/change", &token, &[("email", &to)])
        .await
        .assert_goes_to("/account/email?done=code-sent");
    browser
        .post("/account/email/change/cancel", &token, &[])
        .await
        .assert_goes_to("/account/email?done=email-change-cancelled");
    assert!(!browser.get("/account/email").await.assert_page(200).contains(&to));
}
