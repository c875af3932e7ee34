//! The owner of the mailbox resets the password of the prepared account: it is handed over, and every earlier sign-in
//! method ends.

use serde_json::json;

use super::Squat;
use crate::app::unique_email;
use crate::social::support::{person, with_email};

#[tokio::test]
async fn classic_merge_the_password_of_the_squatter_is_gone() {
    let squat = Squat::start().await;
    let owner = squat.take_over_by_reset().await;
    assert!(squat.is_proved(&owner).await);
    squat.log_in(squat.email(), &squat.squatter.password).await.assert_problem(401, "auth.wrong_credentials");
    let me = squat.me(&owner.access).await.assert_status(200);
    assert_eq!(me["user"]["id"], squat.squatter.id.as_str(), "the same account");
    assert_eq!(me["user"]["birth_date"], json!(null), "it may be given anew");
}

#[tokio::test]
async fn unexpired_session_the_sessions_of_the_squatter_are_gone() {
    let squat = Squat::start().await;
    squat.ask_proof(&squat.session).await.assert_status(202);
    let code = squat.code_to(squat.email()).await;
    squat.take_over_by_reset().await;
    assert!(!squat.is_active(&squat.session.access).await);
    squat.refresh(&squat.session.refresh).await.assert_problem(401, "auth.refresh_token_invalid");
    squat.confirm_email(&squat.session, &code).await.assert_problem(401, "auth.token_invalid");
}

#[tokio::test]
async fn trojan_identifier_identities_that_do_not_vouch_for_the_address_are_gone() {
    let squat = Squat::start().await;
    let profiles = [
        ("google", person("trojan")),
        ("other", with_email(person("of another address"), &unique_email(), true)),
        ("yandex", squat.owner()),
    ];
    for (provider, profile) in profiles {
        squat.link(provider, &squat.session, profile).await.assert_status(201);
    }
    let owner = squat.take_over_by_reset().await;
    let linked: Vec<_> = squat.linked(&owner).await.into_iter().map(|(provider, _)| provider).collect();
    assert_eq!(linked, ["yandex"]);
    let revoked = [&squat.google, &squat.other, &squat.yandex].map(|provider| provider.revoked.lock().unwrap().len());
    assert_eq!(revoked, [1, 1, 0]);
    assert_ne!(squat.sign_in_as("google", person("trojan")).await.0, squat.squatter.id);
}

#[tokio::test]
async fn unexpired_change_a_pending_change_of_the_squatter_is_gone() {
    let squat = Squat::start().await;
    let target = unique_email();
    squat.ask_change(&squat.session, &target).await.assert_status(202);
    let code = squat.code_to(&target).await;
    let owner = squat.take_over_by_reset().await;
    squat.confirm_change(&squat.session, json!({"code": code})).await.assert_problem(401, "auth.token_invalid");
    squat.confirm_change(&owner, json!({"code": code})).await.assert_problem(400, "auth.code_invalid");
    assert_eq!(squat.email_of(&owner).await.as_deref(), Some(squat.email()));
}

#[tokio::test]
async fn provider_that_does_not_verify_its_identity_is_gone_although_it_names_the_address() {
    let squat = Squat::start().await;
    squat.link("yandex", &squat.session, squat.unverified()).await.assert_status(201);
    let owner = squat.take_over_by_reset().await;
    assert!(squat.linked(&owner).await.is_empty());
    let body = squat.try_sign_in_as("yandex", squat.unverified()).await.assert_status(201);
    assert!(body["user"]["email"].is_null() && body["user"]["id"] != squat.squatter.id.as_str(), "{body}");
}
