//! `change_email`, `confirm_email_change`, `cancel_email_change`, and the undo of the former mailbox.

use std::time::Duration;

use mailer::Notification;
use reqwest::Method;
use serde_json::json;

use super::support::{NEW_PASSWORD, link_of, other};
use crate::app::{Home, TestApp, unique_email};
use crate::pages::browser::{Browser, PageReply};
use crate::social::support::{Cinema, person};

const MINUTE: Duration = Duration::from_secs(60);
const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);

#[tokio::test]
async fn codes_of_both_mailboxes_change_a_proved_address() {
    let app = TestApp::start().await;
    let (user, signed_in) = app.mailbox_owner().await;
    let to = unique_email();
    app.ask_change(&signed_in, &to).await.assert_status(202);
    let (code, present) = (app.code_to(&to).await, app.code_to(&user.email).await);
    let me = app.me(&signed_in.access).await.assert_status(200);
    assert_eq!(me["email_change"], json!({"email": to}));
    for (code, present) in [(&other(&code), &present), (&code, &other(&present)), (&present, &code)] {
        let wrong = json!({"code": code, "present_code": present});
        app.confirm_change(&signed_in, wrong).await.assert_problem(400, "auth.code_invalid");
    }
    app.confirm_change(&signed_in, json!({"code": code, "present_code": present})).await.assert_status(204);

    let me = app.me(&signed_in.access).await.assert_status(200);
    assert_eq!((&me["user"]["email"], &me["email_proved"]), (&json!(to), &json!(true)));
    assert!(me.get("email_change").is_none());
    app.log_in(&user.email, &user.password).await.assert_problem(401, "auth.wrong_credentials");
    app.log_in(&to, &user.password).await.assert_status(201);
    let told = app.mails_to(&user.email).await;
    assert!(matches!(told.last().unwrap().notification, Notification::EmailChanged { undo: Some(_), .. }));
}

#[tokio::test]
async fn a_claimed_address_is_changed_by_the_code_of_the_new_mailbox() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let signed_in = app.signed_in(&user).await;
    let to = unique_email();
    app.ask_change(&signed_in, &to).await.assert_status(202);
    let code = app.code_to(&to).await;
    app.confirm_change(&signed_in, json!({"code": code})).await.assert_status(204);
    assert!(app.is_proved(&signed_in).await);
    assert!(app.mails_to(&user.email).await.is_empty());
}

#[tokio::test]
async fn a_change_needs_the_password_or_a_fresh_session_and_another_address() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let signed_in = app.signed_in(&user).await;
    app.ask_change(&signed_in, &user.email).await.assert_problem(422, "request.invalid_fields");
    app.advance(11 * MINUTE);
    let access = crate::app::SignedIn::from(&app.refresh(&signed_in.refresh).await.assert_status(200)).access;
    let change = async |body: serde_json::Value| {
        app.request(Method::PUT, "/api/v1/me/email").bearer(&access).json(&body).send().await
    };
    let to = unique_email();
    change(json!({"email": to})).await.assert_problem(403, "auth.session_not_fresh");
    change(json!({"email": to, "password": "not the password"})).await.assert_problem(403, "auth.wrong_password");
    change(json!({"email": to, "password": user.password})).await.assert_status(202);
    let pending = app.me(&access).await.assert_status(200);
    assert_eq!(pending["email_change"]["email"], to.as_str());
}

#[tokio::test]
async fn an_account_without_a_password_cannot_give_one() {
    let cinema = Cinema::start().await;
    let (_, signed_in) = cinema.sign_in_as("google", person("no-password")).await;
    let body = json!({"email": unique_email(), "password": "any password at all"});
    let reply = cinema.put("/api/v1/me/email").bearer(&signed_in.access).json(&body).send().await;
    reply.assert_problem(409, "auth.no_password");
    cinema.ask_change(&signed_in, &unique_email()).await.assert_status(202);
}

#[tokio::test]
async fn a_full_hash_queue_spends_no_code_and_sends_none() {
    let home = Home::new().await;
    let app = TestApp::start_in(home.clone(), |_| ()).await;
    let (user, signed_in) = app.mailbox_owner().await;
    let (reset, code) = (app.ask_reset(&user.email).await, app.code_to(&user.email).await);
    let busy = TestApp::start_in(home, |config| config.hashing.deadline = Duration::ZERO).await;
    busy.confirm_reset(&reset, &code, NEW_PASSWORD).await.assert_problem(503, "auth.busy");
    let body = json!({"email": unique_email(), "password": user.password});
    let change = busy.put("/api/v1/me/email").bearer(&signed_in.access).json(&body).send().await;
    change.assert_problem(503, "auth.busy");
    assert_eq!(app.number("SELECT count(*) FROM email_changes").await, 0);
    app.confirm_reset(&reset, &code, NEW_PASSWORD).await.assert_status(204);
}

#[tokio::test]
async fn another_session_cannot_confirm_but_can_cancel() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let (here, there) = (app.signed_in(&user).await, app.signed_in(&user).await);
    let to = unique_email();
    app.ask_change(&here, &to).await.assert_status(202);
    let code = app.code_to(&to).await;
    app.confirm_change(&there, json!({"code": code})).await.assert_problem(400, "auth.code_invalid");
    for _ in 0..2 {
        app.delete("/api/v1/me/email/change").bearer(&there.access).send().await.assert_status(204);
    }
    app.confirm_change(&here, json!({"code": code})).await.assert_problem(400, "auth.code_invalid");
    assert_eq!(app.me(&here.access).await.assert_status(200)["user"]["email"], user.email.as_str());
}

#[tokio::test]
async fn without_the_present_mailbox_a_change_waits_a_week_in_which_that_mailbox_can_cancel() {
    for cancels in [false, true] {
        let app = TestApp::start().await;
        let (user, signed_in) = app.mailbox_owner().await;
        let to = unique_email();
        app.ask_change(&signed_in, &to).await.assert_status(202);
        let code = app.code_to(&to).await;
        app.confirm_change(&signed_in, json!({"code": code})).await.assert_status(204);
        let me = app.me(&signed_in.access).await.assert_status(200);
        assert_eq!(me["user"]["email"], user.email.as_str());
        assert!(me["email_change"]["effective_at"].is_string());

        let link = app.mails_to(&user.email).await.iter().rev().find_map(link_of).unwrap();

        app.advance(WEEK - MINUTE);
        app.maintenance().run_once().await.unwrap();
        app.log_in(&user.email, &user.password).await.assert_status(201);
        if cancels {
            let mut browser = Browser::new(&app);
            let page = browser.get(&link).await;
            let fields = [("link", page.hidden("link")), ("email", user.email.clone())];
            let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            browser.post("/account/email/undo", &page.form_token(), &fields).await.assert_page(200);
        }
        app.advance(2 * MINUTE);
        app.maintenance().run_once().await.unwrap();
        let (works, fails) = if cancels { (&user.email, &to) } else { (&to, &user.email) };
        app.log_in(works, &user.password).await.assert_status(201);
        app.log_in(fails, &user.password).await.assert_problem(401, "auth.wrong_credentials");
    }
}

#[tokio::test]
async fn the_former_mailbox_undoes_a_change_within_a_week_and_ends_all_sessions() {
    let app = TestApp::start().await;
    let (user, signed_in) = app.mailbox_owner().await;
    let to = unique_email();
    app.ask_change(&signed_in, &to).await.assert_status(202);
    let (code, present) = (app.code_to(&to).await, app.code_to(&user.email).await);
    app.confirm_change(&signed_in, json!({"code": code, "present_code": present})).await.assert_status(204);
    let link = app.link_to(&user.email).await;
    app.advance(WEEK - MINUTE);

    let mut browser = Browser::new(&app);
    let page = browser.get(&link).await;
    let (token, secret) = (page.form_token(), page.hidden("link"));
    browser.post("/account/email/undo", &token, &[("link", &secret), ("email", &to)]).await.assert_page(400);
    browser.post("/account/email/undo", &token, &[("link", &secret), ("email", &user.email)]).await.assert_page(200);

    app.log_in(&user.email, &user.password).await.assert_status(201);
    app.log_in(&to, &user.password).await.assert_problem(401, "auth.wrong_credentials");
    app.refresh(&signed_in.refresh).await.assert_problem(401, "auth.refresh_token_invalid");
    browser.post("/account/email/undo", &token, &[("link", &secret), ("email", &user.email)]).await.assert_page(400);
}

#[tokio::test]
async fn a_proved_address_of_somebody_else_stays_taken_when_its_code_is_right_by_chance() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let signed_in = app.signed_in(&user).await;
    let to = unique_email();
    app.ask_change(&signed_in, &to).await.assert_status(202);
    let code = app.code_to(&to).await;
    // Meanwhile the owner of the mailbox signs up and proves it.
    app.post("/api/v1/users").json(&json!({"email": to, "password": "five dogs in a garden"})).send().await;
    let owner = crate::app::SignedIn::from(&app.log_in(&to, "five dogs in a garden").await.assert_status(201));
    app.prove(&to, &owner).await;
    app.confirm_change(&signed_in, json!({"code": code})).await.assert_problem(409, "auth.email_taken");
}
