//! A session begins only while the account has the hash against which its password was verified.

use account_storage::{InsertSessionError, PasswordChange};
use accounts::{NewSession, SignIn, UserKey};
use credentials::hashing::PasswordHash;

use super::operators::{by_command, session};
use super::support::{TestStore, now};

/// A session of this account, after its password was verified against `hash`.
fn verified(user: UserKey, hash: &PasswordHash) -> (NewSession, SignIn) {
    let (new, entry) = session(user);
    (NewSession { verified_hash: Some(hash.clone()), ..new }, entry)
}

#[tokio::test]
async fn a_session_begins_only_with_the_hash_that_the_account_has() {
    let store = TestStore::create().await;
    let user = store.user(None).await;
    let old = store.find_user(user).await.unwrap().unwrap().password_hash.unwrap();
    let (first, entry) = verified(user, &old);
    store.insert_session(&first, &entry).await.unwrap();
    store.reset_password(user.id, &PasswordHash::new("newer"), &by_command(), None).await.unwrap().unwrap();
    let (late, entry) = verified(user, &old);
    let rejected = store.insert_session(&late, &entry).await;
    assert!(matches!(rejected, Err(InsertSessionError::HashReplaced)), "{rejected:?}");
    assert!(store.find_session(late.id).await.unwrap().is_none());
    assert_eq!(store.number("SELECT count(*) FROM sign_ins").await, 1, "no line of a sign-in that was not one");
    let (other_way, entry) = session(user);
    store.insert_session(&other_way, &entry).await.unwrap();
}

#[tokio::test]
async fn of_a_sign_in_and_a_change_of_the_password_at_once_no_session_is_left() {
    let store = TestStore::create().await;
    for _ in 0..20 {
        let (user, at) = (store.user(None).await, now());
        let from = store.find_user(user).await.unwrap().unwrap().password_hash.unwrap();
        let (kept, entry) = session(user);
        store.insert_session(&kept, &entry).await.unwrap();
        let to = PasswordHash::new("newer");
        let change = PasswordChange {
            user: user.id,
            from: from.clone(),
            to,
            keep: kept.id,
            unlink: false,
            at,
            address: None,
            mail: None,
        };
        let ((new, entry), replica) = (verified(user, &from), store.replica().await);
        let (opened, changed) = tokio::join!(replica.insert_session(&new, &entry), store.change_password(&change));
        assert!(changed.unwrap().is_some());
        let ended = store.find_session(new.id).await.unwrap().map(|session| session.ended_at.is_some());
        match opened {
            Ok(_) => assert_eq!(ended, Some(true)),
            Err(error) => assert!(matches!(error, InsertSessionError::HashReplaced) && ended.is_none(), "{error}"),
        }
    }
}
