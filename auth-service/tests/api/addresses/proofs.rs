//! `request_email_proof`, `confirm_email`.

use serde_json::json;

use super::support::{code_of, other};
use crate::app::{TestApp, unique_email};
use crate::social::support::{Cinema, person, with_email};

#[tokio::test]
async fn an_address_is_a_claim_until_its_code_is_typed_in_the_session_that_asked() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let (here, there) = (app.signed_in(&user).await, app.signed_in(&user).await);
    assert!(!app.is_proved(&here).await);

    let body = app.ask_proof(&here).await.assert_status(202);
    assert_eq!(body["expires_in"], 900);
    let code = app.code_to(&user.email).await;
    app.confirm_email(&there, &code).await.assert_problem(400, "auth.code_invalid");
    app.confirm_email(&here, &other(&code)).await.assert_problem(400, "auth.code_invalid");
    app.confirm_email(&here, &code).await.assert_status(204);

    assert!(app.is_proved(&there).await);
    app.ask_proof(&here).await.assert_problem(409, "auth.email_proved");
    app.confirm_email(&here, &code).await.assert_problem(409, "auth.email_proved");
    let events = app.get("/api/v1/me/events").bearer(&here.access).send().await.assert_status(200);
    assert_eq!(events["items"][0]["kind"], "email_proved");
}

#[tokio::test]
async fn an_account_without_an_address_has_nothing_to_prove() {
    let cinema = Cinema::start().await;
    let (_, signed_in) = cinema.sign_in_as("google", person("no-address")).await;
    cinema.ask_proof(&signed_in).await.assert_problem(409, "auth.no_email");
    cinema.confirm_email(&signed_in, "01234567").await.assert_problem(409, "auth.no_email");
}

#[tokio::test]
async fn a_mail_to_an_unproved_address_has_a_page_that_frees_it() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let signed_in = app.signed_in(&user).await;
    app.ask_proof(&signed_in).await.assert_status(202);
    let mails = app.mails_to(&user.email).await;
    assert!(mails[0].not_me.is_some() && code_of(&mails[0]).is_some());
}

#[tokio::test]
async fn the_third_mail_of_a_day_to_an_unproved_address_is_not_sent_and_the_answer_is_the_same() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let signed_in = app.signed_in(&user).await;
    for _ in 0..3 {
        app.ask_proof(&signed_in).await.assert_status(202);
    }
    assert_eq!(app.mails_to(&user.email).await.len(), 2);
    let code = app.code_to(&user.email).await;
    app.confirm_email(&signed_in, &code).await.assert_status(204);
}

#[tokio::test]
async fn an_address_that_another_account_has_by_now_is_taken() {
    let app = TestApp::start().await;
    let (user, other) = (app.user().await, app.user().await);
    let signed_in = app.signed_in(&user).await;
    app.ask_proof(&signed_in).await.assert_status(202);
    let code = app.code_to(&user.email).await;
    app.home
        .sql(&format!(
            "UPDATE user_logins SET user_id = (SELECT user_id FROM user_logins WHERE login = '{}') WHERE login = '{}'",
            other.email, user.email
        ))
        .await;
    app.confirm_email(&signed_in, &code).await.assert_problem(409, "auth.email_taken");
}

#[tokio::test]
async fn a_provider_that_vouches_proves_the_address_of_its_account() {
    let cinema = Cinema::start().await;
    let user = cinema.user().await;
    let here = cinema.signed_in(&user).await;
    for (vouched, proved) in [(false, false), (true, true)] {
        let profile = || with_email(person("vouching"), &user.email, vouched);
        cinema.link("google", &here, profile()).await;
        let (_, signed_in) = cinema.sign_in_as("google", profile()).await;
        assert_eq!(cinema.is_proved(&signed_in).await, proved, "vouched {vouched}");
    }
    let (_, newcomer) = cinema.sign_in_as("yandex", with_email(person("new"), &unique_email(), true)).await;
    assert!(cinema.is_proved(&newcomer).await);
}

#[tokio::test]
async fn an_operator_account_is_proved_from_the_start() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    assert!(app.is_proved(&admin).await);
    let body =
        app.post("/api/v1/me/email/proof/confirm").bearer(&admin.access).json(&json!({"code": "1"})).send().await;
    body.assert_problem(422, "request.invalid_fields");
}
