//! The owner of the mailbox proves the address in a session of the prepared account, and so chooses that account: it owns
//! the address, and nothing else changes. Whatever the squatter does without the mailbox proves nothing.

use mailer::Notification;
use serde_json::json;

use super::{BORN, Squat};
use crate::app::unique_email;
use crate::pages::browser::{Browser, PageReply};
use crate::social::support::{person, with_email};

#[tokio::test]
async fn classic_merge_an_opened_link_proves_nothing_and_no_provider_is_merged() {
    let squat = Squat::start().await;
    squat.ask_proof(&squat.session).await.assert_status(202);
    let (link, code) = (squat.link_to(squat.email()).await, squat.code_to(squat.email()).await);
    Browser::new(&squat).get(&link).await.assert_page(200);
    assert!(!squat.is_proved(&squat.session).await, "the victim's click must not serve the squatter");
    squat.try_sign_in_as("google", squat.owner()).await.assert_problem(409, "auth.email_claimed");

    squat.confirm_email(&squat.session, &code).await.assert_status(204);
    squat.try_sign_in_as("google", squat.owner()).await.assert_problem(409, "social.email_taken");
    assert!(squat.linked(&squat.session).await.is_empty());
    let me = squat.me(&squat.session.access).await.assert_status(200);
    assert_eq!(me["user"]["birth_date"], BORN);
    squat.signed_in(&squat.squatter).await;
}

#[tokio::test]
async fn unexpired_session_a_code_is_for_the_session_that_asked_and_the_other_one_stays() {
    let squat = Squat::start().await;
    let here = squat.signed_in(&squat.squatter).await;
    squat.ask_proof(&squat.session).await.assert_status(202);
    let theirs = squat.code_to(squat.email()).await;
    squat.confirm_email(&here, &theirs).await.assert_problem(400, "auth.code_invalid");
    squat.ask_proof(&here).await.assert_status(202);
    let mine = squat.code_to(squat.email()).await;
    squat.confirm_email(&squat.session, &mine).await.assert_problem(400, "auth.code_invalid");
    assert!(!squat.is_proved(&here).await);

    squat.confirm_email(&here, &mine).await.assert_status(204);
    squat.confirm_email(&squat.session, &theirs).await.assert_problem(409, "auth.email_proved");
    assert!(squat.is_active(&squat.session.access).await, "nothing else changes");
}

#[tokio::test]
async fn trojan_identifier_an_identity_that_does_not_vouch_proves_nothing_and_stays() {
    let squat = Squat::start().await;
    squat.link("google", &squat.session, person("trojan")).await.assert_status(201);
    let (found, by_trojan) = squat.sign_in_as("google", person("trojan")).await;
    assert_eq!(found, squat.squatter.id);
    assert!(!squat.is_proved(&by_trojan).await);

    let owner = squat.prove_by_session().await;
    let linked = squat.linked(&owner).await;
    assert_eq!(linked.len(), 1, "nothing else changes, and the owner sees it");
    squat.unlink(&owner, &linked[0].1).await.assert_status(204);
    assert_ne!(squat.sign_in_as("google", person("trojan")).await.0, squat.squatter.id);
}

#[tokio::test]
async fn unexpired_change_a_change_from_before_the_proof_waits_for_the_proved_mailbox() {
    let squat = Squat::start().await;
    let target = unique_email();
    squat.ask_change(&squat.session, &target).await.assert_status(202);
    let code = squat.code_to(&target).await;
    let owner = squat.prove_by_session().await;

    squat.confirm_change(&squat.session, json!({"code": code})).await.assert_status(204);
    let me = squat.me(&owner.access).await.assert_status(200);
    assert_eq!(me["user"]["email"], squat.email(), "the proved mailbox did not agree: {me}");
    assert!(me["email_change"]["effective_at"].is_string(), "it waits: {me}");
    let mails = squat.mails_to(squat.email()).await;
    let told = &mails.last().unwrap().notification;
    assert!(matches!(told, Notification::EmailChangeRequested { cancel: Some(_), .. }), "{told:?}");
    squat.delete("/api/v1/me/email/change").bearer(&owner.access).send().await.assert_status(204);
}

#[tokio::test]
async fn provider_that_does_not_verify_its_word_proves_nothing_in_any_session() {
    let squat = Squat::start().await;
    squat.link("yandex", &squat.session, squat.unverified()).await.assert_status(201);
    let (found, session) = squat.sign_in_as("yandex", squat.unverified()).await;
    assert_eq!(found, squat.squatter.id);
    assert!(!squat.is_proved(&session).await);

    squat.prove_by_session().await;
    assert!(squat.is_proved(&session).await);
    let stranger = with_email(person("stranger"), squat.email(), false);
    let body = squat.try_sign_in_as("other", stranger).await.assert_status(201);
    assert!(body["user"]["email"].is_null() && body["user"]["id"] != squat.squatter.id.as_str(), "{body}");
}
