//! Identities: each belongs to one account, and every account keeps a sign-in method.

use account_storage::{
    DeleteUserError, FirstPasswordError, InsertSocialUserOutcome, LinkError, LinkedIdentity, Store, UnlinkError,
};
use accounts::{
    AccountEvent, AccountEventKind, AuditContext, Email, Identity, IdentityKey, MAX_IDENTITIES, NewIdentity, NewUser,
    RoleName,
};
use chrono::TimeDelta;
use contracts::auth::social::ProviderId;
use contracts::ids::UserId;
use credentials::hashing::PasswordHash;
use futures_util::future::join_all;
use uuid::Uuid;

use crate::support::{TestStore, new_user, now};

/// Enabled providers in these tests.
pub fn enabled_providers() -> Vec<ProviderId> {
    ["google", "yandex"].map(|name| ProviderId::parse(name).unwrap()).to_vec()
}

/// An identity at a provider.
pub fn identity(provider: &str, subject: &str) -> NewIdentity {
    NewIdentity {
        key: IdentityKey { provider: ProviderId::parse(provider).unwrap(), subject: subject.to_owned() },
        label: format!("{subject}@{provider}"),
        sealed_grant: b"sealed".to_vec(),
        vouched_login: None,
        at: now(),
    }
}

/// A new user with a social identity, without e-mail and password.
pub fn social_user(store: &TestStore) -> NewUser {
    NewUser { email: None, password_hash: None, ..new_user(&store.region_map, None) }
}

/// A line of an account's history.
pub fn event(user_id: UserId, kind: AccountEventKind) -> AccountEvent {
    AccountEvent { user_id, at: now(), kind, subject: "google".into(), address: None }
}

pub async fn signed_up(store: &TestStore, by: &NewIdentity) -> UserId {
    let new = social_user(store);
    assert_eq!(store.insert_social_user(&new, by).await.unwrap(), InsertSocialUserOutcome::Inserted);
    new.key.id
}

pub async fn link(store: &Store, user: UserId, new: &NewIdentity) -> Result<LinkedIdentity, LinkError> {
    store.link_identity(user, new, &event(user, AccountEventKind::SocialLinked), None).await
}

pub async fn unlink(store: &Store, user: UserId, id: Uuid) -> Result<Identity, UnlinkError> {
    store.unlink_identity(user, id, &enabled_providers(), now(), None, |_| None).await
}

pub async fn set_password(store: &Store, user: UserId, email: Option<&Email>) -> Result<Email, FirstPasswordError> {
    let (hash, line) = (PasswordHash::new("none"), event(user, AccountEventKind::PasswordSet));
    store.set_first_password(user, &hash, email, &line, None).await
}

#[tokio::test]
async fn a_taken_email_leaves_nothing_of_a_social_sign_up_behind() {
    let store = TestStore::create().await;
    let first = new_user(&store.region_map, None);
    store.insert_user(&first, None).await.unwrap();
    let second = NewUser { email: first.email.clone(), ..social_user(&store) };
    let by = identity("google", "anna");
    let outcome = store.insert_social_user(&second, &by).await.unwrap();
    assert_eq!(outcome, InsertSocialUserOutcome::EmailClaimed);
    let context = AuditContext::of_command("tests", None, now());
    store.prove_email(first.key.id, &context, None).await.unwrap();
    let outcome = store.insert_social_user(&second, &by).await.unwrap();
    assert_eq!(outcome, InsertSocialUserOutcome::EmailTaken);
    assert!(store.find_identity(&by.key).await.unwrap().is_none());
    assert!(store.find_user_key(second.key.id).await.unwrap().is_none());
    store.assert_consistent(1).await;
}

#[tokio::test]
async fn only_a_password_with_an_email_and_identities_of_enabled_providers_are_sign_in_methods() {
    let store = TestStore::create().await;
    let user = signed_up(&store, &identity("google", "anna")).await;
    link(&store, user, &identity("closed", "anna")).await.unwrap();
    let google = store.list_identities(user).await.unwrap()[0].id;
    assert!(matches!(unlink(&store, user, google).await, Err(UnlinkError::LastWayIn)));
    assert!(matches!(set_password(&store, user, None).await, Err(FirstPasswordError::EmailNeeded)));
    let email = Email::parse("anna@example.org").unwrap();
    assert_eq!(set_password(&store, user, Some(&email)).await.unwrap(), email);
    assert!(matches!(set_password(&store, user, Some(&email)).await, Err(FirstPasswordError::AlreadySet)));
    assert!(unlink(&store, user, google).await.is_ok());
    assert!(matches!(unlink(&store, user, google).await, Err(UnlinkError::NotLinked)));
    assert_eq!(store.find_user_key_by_email(&email).await.unwrap().map(|key| key.id), Some(user));
    let kinds: Vec<_> = store.list_account_events(user, 10).await.unwrap().iter().map(|line| line.kind).collect();
    let (linked, set) = (AccountEventKind::SocialLinked, AccountEventKind::PasswordSet);
    assert_eq!(kinds, [AccountEventKind::SocialUnlinked, set, linked]);
}

#[tokio::test]
async fn a_first_password_can_neither_take_the_email_of_another_account_nor_replace_an_existing_one() {
    let store = TestStore::create().await;
    let other = new_user(&store.region_map, None);
    store.insert_user(&other, None).await.unwrap();
    let user = signed_up(&store, &identity("google", "anna")).await;
    let taken = set_password(&store, user, other.email.as_ref()).await;
    assert!(matches!(taken, Err(FirstPasswordError::EmailTaken)));
    let with_email = NewUser { email: Email::parse("own@example.org").ok(), ..social_user(&store) };
    store.insert_social_user(&with_email, &identity("google", "boris")).await.unwrap();
    let another = Email::parse("another@example.org").unwrap();
    let refused = set_password(&store, with_email.key.id, Some(&another)).await;
    assert!(matches!(refused, Err(FirstPasswordError::OtherEmail)));
    set_password(&store, with_email.key.id, None).await.unwrap();
}

#[tokio::test]
async fn an_account_has_a_bounded_number_of_identities() {
    let store = TestStore::create().await;
    let user = signed_up(&store, &identity("google", "0")).await;
    for n in 1..MAX_IDENTITIES {
        assert!(matches!(link(&store, user, &identity("google", &n.to_string())).await, Ok(LinkedIdentity::New(_))));
    }
    assert!(matches!(link(&store, user, &identity("google", "one too many")).await, Err(LinkError::TooMany)));
    assert!(matches!(link(&store, user, &identity("google", "0")).await, Ok(LinkedIdentity::Existing(_))));
}

#[tokio::test]
async fn a_ticket_is_spent_once_under_concurrent_use_and_is_deleted_when_it_has_expired() {
    let store = TestStore::create().await;
    let (store, id, at) = (&store, Uuid::now_v7(), now());
    let ends = at + TimeDelta::minutes(10);
    let spent =
        join_all((0..50).map(|_| async move { store.consume_one_time_value(id, ends, at).await.unwrap() })).await;
    assert_eq!(spent.iter().filter(|first| **first).count(), 1);
    assert!(!store.consume_one_time_value(id, ends, at).await.unwrap());
    store.restore_one_time_value(id).await.unwrap();
    assert!(store.consume_one_time_value(id, ends, at).await.unwrap());
    assert!(!store.consume_one_time_value(id, ends, at).await.unwrap());
    store.consume_one_time_value(Uuid::now_v7(), ends, ends + TimeDelta::seconds(1)).await.unwrap();
    assert_eq!(store.number("SELECT CAST(count(*) AS bigint) FROM spent_tickets").await, 0);
}

#[tokio::test]
async fn a_deleted_account_leaves_no_personal_data_and_its_identity_and_email_are_free_again() {
    let store = TestStore::create().await;
    let (by, email) = (identity("google", "anna"), Email::parse("anna@example.org").unwrap());
    let new = NewUser { email: Some(email.clone()), display_name: "Anna".into(), ..social_user(&store) };
    store.insert_social_user(&new, &by).await.unwrap();
    let deleted = store.delete_user(new.key.id, now(), None).await.unwrap();
    assert_eq!((deleted.identities.len(), deleted.user.email), (1, Some(email.clone())));
    assert!(matches!(store.delete_user(new.key.id, now(), None).await, Err(DeleteUserError::NoSuchUser)));
    for table in ["users", "user_logins", "identities", "account_events", "sign_ins"] {
        assert_eq!(store.number(&format!("SELECT CAST(count(*) AS bigint) FROM {table}")).await, 0, "{table}");
    }
    assert!(store.find_user_key(new.key.id).await.unwrap().is_none());
    assert!(matches!(link(&store, new.key.id, &identity("google", "boris")).await, Err(LinkError::NoSuchUser)));
    let again = NewUser { email: Some(email), ..social_user(&store) };
    assert_eq!(store.insert_social_user(&again, &by).await.unwrap(), InsertSocialUserOutcome::Inserted);
}

#[tokio::test]
async fn the_last_administrator_is_not_deleted() {
    let store = TestStore::create().await;
    let admin = || NewUser { roles: vec![RoleName::admin()], ..new_user(&store.region_map, None) };
    let (one, other) = (admin(), admin());
    store.insert_user(&one, None).await.unwrap();
    assert!(matches!(store.delete_user(one.key.id, now(), None).await, Err(DeleteUserError::LastAdmin)));
    store.insert_user(&other, None).await.unwrap();
    store.delete_user(one.key.id, now(), None).await.unwrap();
    assert!(matches!(store.delete_user(other.key.id, now(), None).await, Err(DeleteUserError::LastAdmin)));
}
