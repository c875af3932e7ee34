//! The owner of the mailbox proves the address with an account that is not the prepared one: that loses the address and
//! only that.

use mailer::Notification;
use serde_json::json;

use super::Taker::{Newcomer, OtherAccount};
use super::{BORN, Squat};
use crate::app::unique_email;
use crate::social::support::person;

#[tokio::test]
async fn classic_merge_the_password_of_the_squatter_opens_an_account_without_the_address() {
    for taker in [Newcomer, OtherAccount] {
        let squat = Squat::start().await;
        let owner = squat.take(taker).await;
        assert_eq!(squat.email_of(&owner).await.as_deref(), Some(squat.email()));
        assert!(squat.is_proved(&owner).await);
        squat.log_in(squat.email(), &squat.squatter.password).await.assert_problem(401, "auth.wrong_credentials");
        let me = squat.me(&squat.session.access).await.assert_status(200);
        assert_eq!((&me["user"]["email"], &me["user"]["birth_date"]), (&json!(null), &json!(BORN)), "{taker:?}");
    }
}

#[tokio::test]
async fn unexpired_session_it_stays_in_the_account_that_lost_the_address() {
    for taker in [Newcomer, OtherAccount] {
        let squat = Squat::start().await;
        let owner = squat.take(taker).await;
        assert_eq!(squat.id_of(&squat.session).await, squat.squatter.id);
        assert_ne!(squat.id_of(&owner).await, squat.squatter.id, "{taker:?}");
        squat.ask_proof(&squat.session).await.assert_problem(409, "auth.no_email");
        // Nor does it get the address back.
        squat.ask_change(&squat.session, squat.email()).await.assert_status(202);
        let mails = squat.mails_to(squat.email()).await;
        assert_eq!(mails.last().unwrap().notification, Notification::EmailRequested, "{taker:?}");
    }
}

#[tokio::test]
async fn trojan_identifier_it_signs_in_to_the_account_that_lost_the_address() {
    for taker in [Newcomer, OtherAccount] {
        let squat = Squat::start().await;
        squat.link("yandex", &squat.session, person("trojan")).await.assert_status(201);
        let owner = squat.take(taker).await;
        assert_eq!(squat.sign_in_as("yandex", person("trojan")).await.0, squat.squatter.id, "{taker:?}");
        let linked = squat.linked(&owner).await;
        assert!(linked.iter().all(|(provider, _)| provider == "google"), "{taker:?}: {linked:?}");
    }
}

#[tokio::test]
async fn unexpired_change_the_pending_change_of_the_squatter_ends_with_the_claim() {
    for taker in [Newcomer, OtherAccount] {
        let squat = Squat::start().await;
        let target = unique_email();
        squat.ask_change(&squat.session, &target).await.assert_status(202);
        let code = squat.code_to(&target).await;
        let owner = squat.take(taker).await;
        squat.confirm_change(&squat.session, json!({"code": code})).await.assert_problem(400, "auth.code_invalid");
        assert_eq!(squat.email_of(&squat.session).await, None, "{taker:?}");
        assert_eq!(squat.email_of(&owner).await.as_deref(), Some(squat.email()), "{taker:?}");
    }
}

#[tokio::test]
async fn provider_that_does_not_verify_its_accounts_take_no_claim() {
    let squat = Squat::start().await;
    let newcomer = squat.take_claimed("yandex", squat.unverified()).await;
    assert_eq!(squat.email_of(&newcomer).await, None);
    // Nor does another account by linking such an identity.
    let (_, other) = squat.mailbox_owner().await;
    let mut profile = squat.unverified();
    profile.subject = "of the other account".to_owned();
    squat.link("yandex", &other, profile).await.assert_status(201);
    assert_ne!(squat.email_of(&other).await.as_deref(), Some(squat.email()));
    assert_eq!(squat.email_of(&squat.session).await.as_deref(), Some(squat.email()));
    assert!(!squat.is_proved(&squat.session).await);
}
