//! Strangers who type an address before its owner: what they planted is gone once the owner resets.

use mailer::Notification;
use serde_json::json;

use super::support::NEW_PASSWORD;
use crate::app::{SignedIn, TestApp, TestUser, unique_email};
use crate::social::support::{Cinema, person, with_email};

/// A squatter who typed the owner's address, with a session.
async fn squat(app: &TestApp) -> (TestUser, SignedIn) {
    let squatter = app.user_with(json!({"birth_date": "1950-01-01"})).await;
    let session = app.signed_in(&squatter).await;
    (squatter, session)
}

/// The owner resets the password of the account at the own address.
async fn take_over(app: &TestApp, email: &str) -> SignedIn {
    let reset = app.ask_reset(email).await;
    let code = app.code_to(email).await;
    app.confirm_reset(&reset, &code, NEW_PASSWORD).await.assert_status(204);
    SignedIn::from(&app.log_in(email, NEW_PASSWORD).await.assert_status(201))
}

#[tokio::test]
async fn classic_merge_the_password_of_the_squatter_is_gone() {
    let app = TestApp::start().await;
    let (squatter, _) = squat(&app).await;
    let owner = take_over(&app, &squatter.email).await;
    assert!(app.is_proved(&owner).await);
    app.log_in(&squatter.email, &squatter.password).await.assert_problem(401, "auth.wrong_credentials");
    let me = app.me(&owner.access).await.assert_status(200);
    assert_eq!(me["user"]["birth_date"], json!(null), "it may be given anew");
}

#[tokio::test]
async fn unexpired_session_the_sessions_of_the_squatter_are_gone() {
    let app = TestApp::start().await;
    let (squatter, session) = squat(&app).await;
    take_over(&app, &squatter.email).await;
    assert!(!app.is_active(&session.access).await);
    app.refresh(&session.refresh).await.assert_problem(401, "auth.refresh_token_invalid");
}

#[tokio::test]
async fn unexpired_email_change_a_pending_change_of_the_squatter_is_gone() {
    let app = TestApp::start().await;
    let (squatter, session) = squat(&app).await;
    let target = unique_email();
    app.ask_change(&session, &target).await.assert_status(202);
    let code = app.code_to(&target).await;
    let owner = take_over(&app, &squatter.email).await;
    app.confirm_change(&session, json!({"code": code})).await.assert_problem(401, "auth.token_invalid");
    app.confirm_change(&owner, json!({"code": code})).await.assert_problem(400, "auth.code_invalid");
    assert_eq!(app.me(&owner.access).await.assert_status(200)["user"]["email"], squatter.email.as_str());
}

#[tokio::test]
async fn trojan_identifier_social_accounts_that_do_not_vouch_for_the_address_are_gone() {
    let cinema = Cinema::start().await;
    let (squatter, session) = squat(&cinema).await;
    let profiles = [
        ("google", person("trojan")),
        ("other", with_email(person("not-verifying"), &squatter.email, false)),
        ("yandex", with_email(person("vouching"), &squatter.email, true)),
    ];
    for (provider, profile) in profiles.clone() {
        cinema.link(provider, &session, profile).await.assert_status(201);
    }
    let owner = take_over(&cinema, &squatter.email).await;
    let linked: Vec<_> = cinema.linked(&owner).await.into_iter().map(|(provider, _)| provider).collect();
    assert_eq!(linked, ["yandex"]);
    let revoked =
        [&cinema.google, &cinema.other, &cinema.yandex].map(|provider| provider.revoked.lock().unwrap().len());
    assert_eq!(revoked, [1, 1, 0]);
}

#[tokio::test]
async fn a_squatter_cannot_prove_the_address_and_nothing_it_starts_survives() {
    let app = TestApp::start().await;
    let (squatter, session) = squat(&app).await;
    app.ask_proof(&session).await.assert_status(202);
    let reset = app.ask_reset(&squatter.email).await; // the squatter's own
    for number in 0..5 {
        app.confirm_email(&session, &format!("{number:08}")).await;
        app.confirm_reset(&reset, &format!("{number:08}"), NEW_PASSWORD).await;
    }
    assert!(!app.is_proved(&session).await);
    // The mail that the squatter caused carries a link, which only the owner of the mailbox has.
    let mails = app.mails_to(&squatter.email).await;
    assert!(matches!(mails.last().unwrap().notification, Notification::PasswordReset { link: Some(_), .. }));
}

#[tokio::test]
async fn a_sign_up_at_a_claimed_address_names_the_reset() {
    let app = TestApp::start().await;
    let (squatter, _) = squat(&app).await;
    let body = json!({"email": squatter.email, "password": "three cats on a sofa"});
    let problem = app.post("/api/v1/users").json(&body).send().await.assert_problem(409, "auth.email_taken");
    assert!(problem["detail"].as_str().unwrap().contains("reset its password"));
}

#[tokio::test]
async fn another_account_that_reads_the_mailbox_takes_a_claimed_address_and_nothing_else() {
    let app = TestApp::start().await;
    let (squatter, session) = squat(&app).await;
    let (owner, owner_session) = app.mailbox_owner().await;
    app.ask_change(&owner_session, &squatter.email).await.assert_status(202);
    let (code, present) = (app.code_to(&squatter.email).await, app.code_to(&owner.email).await);
    let body = json!({"code": code, "present_code": present});
    app.confirm_change(&owner_session, body.clone()).await.assert_problem(409, "auth.email_claimed");
    let mut take = body;
    take["take_claimed"] = json!(true);
    app.confirm_change(&owner_session, take).await.assert_status(204);

    assert_eq!(app.me(&owner_session.access).await.assert_status(200)["user"]["email"], squatter.email.as_str());
    assert!(app.is_proved(&owner_session).await);
    // The other one lost the address and only that.
    let me = app.me(&session.access).await.assert_status(200);
    assert_eq!((&me["user"]["email"], &me["user"]["birth_date"]), (&json!(null), &json!("1950-01-01")));
    let signed_in = app.log_in(&squatter.email, &owner.password).await.assert_status(201);
    assert_eq!(signed_in["user"]["id"], owner.id.as_str());
}

#[tokio::test]
async fn a_proved_address_cannot_be_taken_by_a_change_and_its_owner_is_told() {
    let app = TestApp::start().await;
    let ((owner, _), (_, other)) = (app.mailbox_owner().await, app.mailbox_owner().await);
    app.ask_change(&other, &owner.email).await.assert_status(202);
    let mails = app.mails_to(&owner.email).await;
    assert_eq!(mails.last().unwrap().notification, Notification::EmailRequested);
    assert!(mails.iter().all(|mail| !matches!(mail.notification, Notification::EmailChange { .. })));
}

#[tokio::test]
async fn a_reset_of_a_proved_account_keeps_its_birth_date() {
    let app = TestApp::start().await;
    let user = app.user_with(json!({"birth_date": "1990-05-17"})).await;
    let signed_in = app.signed_in(&user).await;
    app.prove(&user.email, &signed_in).await;
    let again = take_over(&app, &user.email).await;
    assert_eq!(app.me(&again.access).await.assert_status(200)["user"]["birth_date"], "1990-05-17");
}
