//! `request_password_reset`, `confirm_password_reset`.

use std::time::Duration;

use futures_util::future::join_all;
use mailer::Notification;
use serde_json::json;

use super::support::{NEW_PASSWORD, code_of, link_of, other};
use crate::app::{TestApp, unique_email};

const HOUR: Duration = Duration::from_secs(60 * 60);

#[tokio::test]
async fn a_code_from_the_mailbox_sets_a_new_password_once() {
    let app = TestApp::start().await;
    let (user, _) = app.mailbox_owner().await;
    let reset = app.ask_reset(&user.email).await;
    let code = app.code_to(&user.email).await;

    app.confirm_reset(&reset, &code, NEW_PASSWORD).await.assert_status(204);

    app.log_in(&user.email, &user.password).await.assert_problem(401, "auth.wrong_credentials");
    app.log_in(&user.email, NEW_PASSWORD).await.assert_status(201);
    app.confirm_reset(&reset, &code, "seven mice in a barn").await.assert_problem(400, "auth.code_invalid");
    let mails = app.mails_to(&user.email).await;
    assert_eq!(mails.last().unwrap().notification, Notification::PasswordRecovered);
}

#[tokio::test]
async fn a_reset_ends_sessions_access_tokens_and_known_devices() {
    let app = TestApp::start().await;
    let (user, signed_in) = app.mailbox_owner().await;
    let reset = app.ask_reset(&user.email).await;
    let code = app.code_to(&user.email).await;

    app.confirm_reset(&reset, &code, NEW_PASSWORD).await.assert_status(204);

    assert!(!app.is_active(&signed_in.access).await);
    app.refresh(&signed_in.refresh).await.assert_problem(401, "auth.refresh_token_invalid");
}

#[tokio::test]
async fn an_unknown_address_and_a_disabled_account_get_the_same_answer_and_no_mail() {
    let app = TestApp::start().await;
    let (user, disabled) = (app.user().await, app.user().await);
    app.home.sql(&format!("UPDATE users SET status = 1 WHERE email_norm = '{}'", disabled.email)).await;
    let unknown = unique_email();
    let mut answers = Vec::new();
    for email in [&user.email, &disabled.email, &unknown] {
        let reply = app.post("/api/v1/password-resets").json(&json!({"email": email})).send().await;
        let body = reply.assert_status(202);
        assert_eq!(body["expires_in"], 900);
        let names: Vec<_> = reply.headers.keys().map(|name| name.as_str().to_owned()).collect();
        answers.push((names, body.as_object().unwrap().len(), reply.text().len()));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
    assert_eq!(app.mails_to(&user.email).await.len(), 1);
    assert!(app.mails_to(&disabled.email).await.is_empty() && app.mails_to(&unknown).await.is_empty());
}

#[tokio::test]
async fn a_wrong_code_is_refused_and_after_five_the_right_one_too() {
    let app = TestApp::start().await;
    let (user, _) = app.mailbox_owner().await;
    let reset = app.ask_reset(&user.email).await;
    let code = app.code_to(&user.email).await;
    for _ in 0..5 {
        app.confirm_reset(&reset, &other(&code), NEW_PASSWORD).await.assert_problem(400, "auth.code_invalid");
    }
    app.confirm_reset(&reset, &code, NEW_PASSWORD).await.assert_problem(400, "auth.code_invalid");
    app.log_in(&user.email, &user.password).await.assert_status(201);
}

#[tokio::test]
async fn of_parallel_guesses_no_more_than_five_are_compared() {
    let app = TestApp::start().await;
    let (user, _) = app.mailbox_owner().await;
    let reset = app.ask_reset(&user.email).await;
    let code = app.code_to(&user.email).await;
    let wrong = other(&code);
    join_all((0..12).map(|_| app.confirm_reset(&reset, &wrong, NEW_PASSWORD))).await;
    app.confirm_reset(&reset, &code, NEW_PASSWORD).await.assert_problem(400, "auth.code_invalid");
}

#[tokio::test]
async fn new_codes_do_not_give_new_guesses_but_the_link_of_the_owner_still_works() {
    let app = TestApp::start().await;
    let (user, _) = app.mailbox_owner().await;
    let mut wrong = 0;
    for _ in 0..3 {
        app.advance(HOUR); // for the budget of mails
        let reset = app.ask_reset(&user.email).await;
        let code = app.code_to(&user.email).await;
        for _ in 0..5 {
            app.confirm_reset(&reset, &other(&code), NEW_PASSWORD).await.assert_problem(400, "auth.code_invalid");
            wrong += 1;
        }
    }
    assert_eq!(wrong, 15, "more than the ten of a network");
    app.advance(HOUR);
    let (reset, code) = (app.ask_reset(&user.email).await, app.code_to(&user.email).await);
    app.confirm_reset(&reset, &code, NEW_PASSWORD).await.assert_problem(400, "auth.code_invalid");
    let counted = "SELECT wrong FROM code_guesses WHERE network <> ''";
    assert_eq!(app.number(counted).await, 10);

    app.advance(Duration::from_secs(24 * 60 * 60));
    let reset = app.ask_reset(&user.email).await;
    let code = app.code_to(&user.email).await;
    app.confirm_reset(&reset, &code, NEW_PASSWORD).await.assert_status(204);
}

#[tokio::test]
async fn a_code_expires_after_fifteen_minutes() {
    let app = TestApp::start().await;
    let (user, _) = app.mailbox_owner().await;
    let (reset, code) = (app.ask_reset(&user.email).await, app.code_to(&user.email).await);
    app.advance(Duration::from_secs(15 * 60));
    app.confirm_reset(&reset, &code, NEW_PASSWORD).await.assert_problem(400, "auth.code_invalid");
}

#[tokio::test]
async fn the_code_of_an_earlier_mail_stays_good_beside_the_new_one_and_the_third_oldest_does_not() {
    let app = TestApp::start().await;
    let (user, _) = app.mailbox_owner().await;
    let reset = app.ask_reset(&user.email).await;
    let mut codes = vec![app.code_to(&user.email).await];
    for _ in 0..2 {
        let body = json!({"email": user.email, "reset_id": reset});
        let again = app.post("/api/v1/password-resets").json(&body).send().await.assert_status(202);
        assert_eq!(again["reset_id"], reset.as_str());
        codes.push(app.code_to(&user.email).await);
    }
    app.confirm_reset(&reset, &codes[0], NEW_PASSWORD).await.assert_problem(400, "auth.code_invalid");
    app.confirm_reset(&reset, &codes[1], NEW_PASSWORD).await.assert_status(204);
    app.confirm_reset(&reset, &codes[2], NEW_PASSWORD).await.assert_problem(400, "auth.code_invalid");
}

#[tokio::test]
async fn a_code_of_one_reset_is_wrong_for_another_one_and_for_another_account() {
    let app = TestApp::start().await;
    let ((user, _), (other_user, _)) = (app.mailbox_owner().await, app.mailbox_owner().await);
    let (first, code) = (app.ask_reset(&user.email).await, app.code_to(&user.email).await);
    let second = app.ask_reset(&user.email).await;
    let foreign = app.ask_reset(&other_user.email).await;
    for reset in [second.as_str(), &foreign, "01960000-0000-7000-8000-0000000000b3"] {
        app.confirm_reset(reset, &code, NEW_PASSWORD).await.assert_problem(400, "auth.code_invalid");
    }
    app.confirm_reset(&first, &code, NEW_PASSWORD).await.assert_status(204);
}

#[tokio::test]
async fn of_two_resets_at_once_one_succeeds() {
    let app = TestApp::start().await;
    let (user, _) = app.mailbox_owner().await;
    let (first, code) = (app.ask_reset(&user.email).await, app.code_to(&user.email).await);
    let second = app.ask_reset(&user.email).await;
    let second_code = app.code_to(&user.email).await;
    let replies = tokio::join!(
        app.confirm_reset(&first, &code, NEW_PASSWORD),
        app.confirm_reset(&second, &second_code, "seven mice in a barn")
    );
    let mut statuses = [replies.0.status.as_u16(), replies.1.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 400]);
}

#[tokio::test]
async fn a_common_password_and_a_misshapen_code_spend_nothing() {
    let app = TestApp::start().await;
    let (user, _) = app.mailbox_owner().await;
    let (reset, code) = (app.ask_reset(&user.email).await, app.code_to(&user.email).await);
    app.confirm_reset(&reset, &code, "password1").await.assert_problem(422, "auth.password_too_common");
    for shape in [&code[..7], &format!("{code}0"), "abcdefgh"] {
        let problem =
            app.confirm_reset(&reset, shape, NEW_PASSWORD).await.assert_problem(422, "request.invalid_fields");
        assert_eq!(problem["errors"][0]["pointer"], "/code");
    }
    let wide: String = code.chars().map(|digit| char::from_u32(digit as u32 - 0x30 + 0xff10).unwrap()).collect();
    let spaced = format!(" {} {}-{} ", &wide[..wide.len() / 2], "", &wide[wide.len() / 2..]);
    app.confirm_reset(&reset, &spaced, NEW_PASSWORD).await.assert_status(204);
}

#[tokio::test]
async fn a_link_in_any_browser_needs_no_code_and_the_host_of_the_request_is_not_in_it() {
    let app = TestApp::start().await;
    let (user, _) = app.mailbox_owner().await;
    let evil = [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-host", "evil.example:80"),
        ("x_forwarded_host", "evil.example"),
        ("x-forwarded-proto", "ftp"),
        ("forwarded", "host=evil.example"),
        ("x-forwarded-port", "1"),
    ];
    let request = app.post("/api/v1/password-resets").json(&json!({"email": user.email}));
    let request = evil.iter().fold(request, |request, (name, value)| request.header(name, value));
    request.send().await.assert_status(202);
    let mails = app.mails_to(&user.email).await;
    let mail = mails.last().unwrap();
    assert!(code_of(mail).is_some() && link_of(mail).unwrap().starts_with("/account/reset/new?link="));
}
