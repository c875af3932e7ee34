//! Unlocks by operators: budgets of guesses are full again.

use account_storage::{CodeHolder, ResetRequest, Store};
use accounts::{AuditContext, Email, TypedCode};
use chrono::TimeDelta;
use uuid::Uuid;

use crate::address_model::World;
use crate::operators::by_command;
use crate::support::{TestStore, now};

#[tokio::test]
async fn an_unlock_refills_the_budgets_of_wrong_codes_of_the_account_and_of_no_other() {
    let store = TestStore::create().await;
    let world = World::on(store.replica().await, &store);
    let mut locked = Vec::new();
    for name in ["anna", "eve"] {
        let email = Email::parse(&format!("{name}@example.org")).unwrap();
        let account = world.account(&email).await.unwrap();
        for _ in 0..2 {
            let (asker, _) = reset(&store, &world, &email).await;
            for _ in 0..5 {
                let wrong = TypedCode::parse("00000000").unwrap();
                assert!(!is_right(&store, &world, asker, &wrong).await);
            }
        }
        locked.push((email, account));
    }
    world.later(); // the budget of mails to an address, not that of wrong codes
    let mut askers = Vec::new();
    for (email, _) in &locked {
        let (asker, code) = reset(&store, &world, email).await;
        assert!(!is_right(&store, &world, asker, &code).await, "no code is compared any more");
        askers.push((asker, code));
    }
    store.unlock_user(locked[0].1.id, &by_command(), None).await.unwrap();
    let (anna, eve) = (&askers[0], &askers[1]);
    assert!(is_right(&store, &world, anna.0, &anna.1).await);
    assert!(!is_right(&store, &world, eve.0, &eve.1).await, "another account");
}

/// A reset that was asked for, with the code of its mail.
async fn reset(store: &Store, world: &World, email: &Email) -> (Uuid, TypedCode) {
    let (id, at) = (Uuid::new_v4(), world.now());
    let request = ResetRequest { id, email, client: &world.client, at };
    store.begin_email_reset(&world.mailer, &request).await.unwrap();
    (id, world.code_to(email).await)
}

async fn is_right(store: &Store, world: &World, asker: Uuid, typed: &TypedCode) -> bool {
    let holder = CodeHolder { asker, address: None };
    store.try_reset_code(&world.mailer, holder, typed, world.now()).await.unwrap().is_some()
}

#[tokio::test]
async fn unlocks_are_listed_by_login_and_id_for_two_days() {
    let store = TestStore::create().await;
    let (old, new) = (store.user(None).await.id, store.user(None).await.id);
    let (then, at) = (now() - TimeDelta::days(3), now());
    store.unlock_user(old, &AuditContext { at: then, ..by_command() }, None).await.unwrap();
    store.unlock_user(new, &AuditContext { at, ..by_command() }, None).await.unwrap();
    store.unlock_user(new, &AuditContext { at, ..by_command() }, None).await.unwrap();
    let listed = store.list_unlocks(then, 10).await.unwrap();
    let keys: Vec<_> = listed.into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, [new.to_string(), format!("{new}@example.org")]);
}
