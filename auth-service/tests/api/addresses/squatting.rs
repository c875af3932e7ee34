//! Strangers who type an address before its owner: what they can do without its mailbox, and what they lose.

use mailer::Notification;
use serde_json::json;

use super::support::NEW_PASSWORD;
use crate::app::{SignedIn, TestApp, TestUser};
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
async fn a_newcomer_whose_account_cannot_be_created_takes_no_claim() {
    let cinema = Cinema::start().await;
    let (squatter, session) = squat(&cinema).await;
    cinema.home.sql(refuse_names(cinema.state().store.is_embedded())).await;
    let owner = |name: &str| {
        let mut owner = with_email(person("owner"), &squatter.email, true);
        owner.names = vec![name.to_owned()];
        owner
    };
    assert_eq!(cinema.try_take_claimed("google", owner("Refused")).await.status, 500);
    let email = async |who: &SignedIn| cinema.me(&who.access).await.assert_status(200)["user"]["email"].clone();
    assert_eq!(email(&session).await, squatter.email.as_str(), "the claim and the new account are one transaction");

    let newcomer = cinema.take_claimed("google", owner("Anna")).await;
    assert_eq!((email(&newcomer).await, email(&session).await), (json!(squatter.email), json!(null)));
}

/// Makes the database refuse new accounts with the name `Refused`.
fn refuse_names(is_embedded: bool) -> &'static str {
    if is_embedded {
        "CREATE TRIGGER refused BEFORE INSERT ON users WHEN NEW.display_name = 'Refused' \
         BEGIN SELECT RAISE(ABORT, 'refused'); END"
    } else {
        "ALTER TABLE users ADD CONSTRAINT refused CHECK (display_name <> 'Refused')"
    }
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
