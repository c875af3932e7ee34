//! What has expired is refused by the clock alone: no job has removed it, and its row is still there (CVE-2025-64708).

use std::time::Duration;

use serde_json::json;

use crate::addresses::support::NEW_PASSWORD;
use crate::app::{SignedIn, TestApp, unique_email};
use crate::pages::browser::{Browser, PageReply};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test]
async fn a_session_past_its_expiry_is_refused_while_its_row_is_there() {
    for jump in [30 * DAY, 3650 * DAY] {
        let app = TestApp::start().await;
        let user = app.user().await;
        let signed_in = app.signed_in(&user).await;
        let mut browser = Browser::signed_in(&app, &user).await;
        let (token, cookies) = (browser.get("/account/profile").await.form_token(), browser.cookies.clone());

        app.advance(jump);

        assert_eq!(app.introspect(&signed_in.access).await, json!({"active": false}));
        app.me(&signed_in.access).await.assert_problem(401, "auth.token_invalid");
        app.refresh(&signed_in.refresh).await.assert_problem(401, "auth.refresh_token_invalid");
        browser.get("/account").await.assert_asks_to_sign_in();
        browser.cookies = cookies;
        browser.post("/account/profile", &token, &[("display_name", "Eve")]).await.assert_asks_to_sign_in();
        assert_eq!(app.number("SELECT count(*) FROM sessions WHERE ended_at IS NULL").await, 2);
    }
}

#[tokio::test]
async fn codes_and_links_past_their_expiry_are_refused_while_their_rows_are_there() {
    let app = TestApp::start().await;
    let (user, to) = (app.user().await, unique_email());
    let signed_in = app.signed_in(&user).await;
    app.ask_proof(&signed_in).await.assert_status(202);
    let proof = (app.code_to(&user.email).await, app.link_to(&user.email).await);
    app.ask_change(&signed_in, &to).await.assert_status(202);
    let change = app.code_to(&to).await;
    let reset = app.ask_reset(&user.email).await;
    let recovery = (app.code_to(&user.email).await, app.link_to(&user.email).await);
    let mut browser = Browser::new(&app);
    let page = browser.get(&recovery.1).await;

    app.advance(15 * MINUTE);

    let signed_in = SignedIn::from(&app.refresh(&signed_in.refresh).await.assert_status(200));
    app.confirm_email(&signed_in, &proof.0).await.assert_problem(400, "auth.code_invalid");
    app.confirm_change(&signed_in, json!({"code": change})).await.assert_problem(400, "auth.code_invalid");
    app.confirm_reset(&reset, &recovery.0, NEW_PASSWORD).await.assert_problem(400, "auth.code_invalid");
    let (token, secret) = (page.form_token(), page.hidden("link"));
    browser.post("/account/reset", &token, &[("link", &secret), ("password", NEW_PASSWORD)]).await.assert_page(400);
    for link in [&proof.1, &recovery.1] {
        Browser::new(&app).get(link).await.assert_page(400);
    }
    assert_eq!(app.number("SELECT count(*) FROM mail_codes WHERE spent_at IS NULL").await, 3);
    assert!(!app.is_proved(&signed_in).await);
    app.log_in(&user.email, &user.password).await.assert_status(201);
}

#[tokio::test]
async fn a_change_of_address_ends_after_a_day_and_its_undo_after_a_week() {
    let app = TestApp::start().await;
    let (user, signed_in) = app.mailbox_owner().await;
    app.ask_change(&signed_in, &unique_email()).await.assert_status(202);
    app.advance(DAY);
    let signed_in = SignedIn::from(&app.refresh(&signed_in.refresh).await.assert_status(200));
    assert!(app.me(&signed_in.access).await.assert_status(200).get("email_change").is_none());
    assert_eq!(app.number("SELECT count(*) FROM email_changes").await, 1, "its row is there");

    let (signed_in, to) = (app.signed_in(&user).await, unique_email());
    app.ask_change(&signed_in, &to).await.assert_status(202);
    let (code, present) = (app.code_to(&to).await, app.code_to(&user.email).await);
    app.confirm_change(&signed_in, json!({"code": code, "present_code": present})).await.assert_status(204);
    let mut browser = Browser::new(&app);
    let page = browser.get(&app.link_to(&user.email).await).await;
    let (token, secret) = (page.form_token(), page.hidden("link"));
    app.advance(7 * DAY);
    browser.post("/account/email/undo", &token, &[("link", &secret), ("email", &user.email)]).await.assert_page(400);
    app.log_in(&to, &user.password).await.assert_status(201);
    app.log_in(&user.email, &user.password).await.assert_problem(401, "auth.wrong_credentials");
}
