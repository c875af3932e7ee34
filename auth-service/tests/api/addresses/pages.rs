//! The pages of a forgotten password and of the e-mail, as browsers use them.

use serde_json::json;

use super::support::{NEW_PASSWORD, other};
use crate::app::{TestApp, unique_email};
use crate::pages::browser::{Browser, PageReply};

/// Location after a code was sent.
const SENT: &str = "/account/email?done=code-sent";

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
            .assert_goes_to(SENT);
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
    browser.post("/account/email/change", &token, &[("email", &to)]).await.assert_goes_to(SENT);
    browser
        .post("/account/email/change/cancel", &token, &[])
        .await
        .assert_goes_to("/account/email?done=email-change-cancelled");
    assert!(!browser.get("/account/email").await.assert_page(200).contains(&to));
}

#[tokio::test]
async fn the_overview_asks_for_the_proof_of_an_address_until_it_is_proved() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let mut browser = Browser::signed_in(&app, &user).await;
    let asks = async |browser: &mut Browser<'_>| {
        let text = browser.get("/account").await.assert_page(200);
        text.contains("class=\"card ask\"") && text.contains("not confirmed yet")
    };
    assert!(asks(&mut browser).await);
    let signed_in = app.signed_in(&user).await;
    app.prove(&user.email, &signed_in).await;
    assert!(!asks(&mut browser).await);
}

#[tokio::test]
async fn the_pages_of_an_account_that_lost_its_address_say_so() {
    let app = TestApp::start().await;
    let squatter = app.user().await;
    let mut browser = Browser::signed_in(&app, &squatter).await;
    let (owner, session) = app.mailbox_owner().await;
    app.ask_change(&session, &squatter.email).await.assert_status(202);
    let (code, present) = (app.code_to(&squatter.email).await, app.code_to(&owner.email).await);
    let body = json!({"code": code, "present_code": present, "take_claimed": true});
    app.confirm_change(&session, body).await.assert_status(204);
    for page in ["/account", "/account/email"] {
        let text = browser.get(page).await.assert_page(200);
        assert!(text.contains("the owner of the mailbox has it back"), "{page}: {text}");
    }
}

#[tokio::test]
async fn the_language_switch_keeps_the_secret_of_a_link() {
    let app = TestApp::start().await;
    let user = app.user().await;
    app.ask_reset(&user.email).await;
    let link = app.link_to(&user.email).await;
    let mut browser = Browser::new(&app);
    let text = browser.get(&link).await.assert_page(200);
    let (_, rest) = text.split_once("href=\"/account/reset/new?").expect("a language switch");
    let query = rest.split('"').next().unwrap().replace("&#38;", "&");
    let text = browser.get(&format!("/account/reset/new?{query}")).await.assert_page(200);
    assert!(text.contains("<html lang=\"ru\">"), "{text}");
}

#[tokio::test]
async fn an_address_is_shown_as_people_write_it() {
    let app = TestApp::start().await;
    let mut browser = Browser::new(&app);
    let local = unique_email().split('@').next().unwrap().to_owned();
    let written = format!("{local}@почта.рф");
    browser.sign_up_after(5, &written).await.assert_goes_to("/account");
    assert!(browser.get("/account/email").await.assert_page(200).contains(&written));
}

#[tokio::test]
async fn a_wrong_code_of_the_present_mailbox_is_marked_at_its_field_while_a_change_waits() {
    let app = TestApp::start().await;
    let (user, _) = app.mailbox_owner().await;
    let mut browser = Browser::signed_in(&app, &user).await;
    let token = browser.get("/account/email").await.form_token();
    let to = unique_email();
    browser.post("/account/email/change", &token, &[("email", &to)]).await.assert_goes_to(SENT);
    let (code, present) = (app.code_to(&to).await, app.code_to(&user.email).await);
    browser
        .post("/account/email/change/confirm", &token, &[("code", &code)])
        .await
        .assert_goes_to("/account/email?done=email-change-waits");
    let wrong = other(&present);
    let page = browser.post("/account/email/change/confirm", &token, &[("present_code", &wrong)]).await;
    assert!(page.assert_page(400).contains("id=\"present-code-wrong\""));
    browser
        .post("/account/email/change/confirm", &token, &[("present_code", &present)])
        .await
        .assert_goes_to("/account/email?done=email-changed");
}
