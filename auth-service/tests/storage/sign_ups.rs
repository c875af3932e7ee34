//! One account for each e-mail under concurrent sign-ups from any regions.

use account_storage::{FirstPasswordError, FormNonce, InsertUserError};
use accounts::{Cell, Email, NewUser};
use chrono::TimeDelta;
use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, Statement};
use service_kit::database::{Bounds, connect};
use uuid::Uuid;

use crate::identities::{set_password, social_user};
use crate::support::{TestStore, new_user, now};

const REGIONS: [Option<&str>; 6] = [Some("RU-MOW"), Some("RU-SPE"), Some("RU-KAM"), Some("KZ"), Some("QQ-XXX"), None];

#[tokio::test]
async fn of_32_sign_ups_with_one_email_at_once_one_succeeds_for_each_of_1000_emails() {
    let store = TestStore::create().await;
    let store = &store;
    let sign_ups = (0..32).map(|racer| async move {
        let mut made = 0;
        for email in 0..1000 {
            // The regions and so the partitions differ: only the unique login decides.
            let mut new = new_user(&store.region_map, REGIONS[(racer + email) % REGIONS.len()]);
            new.email = Some(Email::parse(&format!("person-{email}@example.org")).unwrap());
            match store.insert_user(&new, None).await {
                Ok(()) => made += 1,
                Err(InsertUserError::EmailTaken) => {}
                Err(error) => panic!("{error:?}"),
            }
        }
        made
    });
    assert_eq!(join_all(sign_ups).await.into_iter().sum::<u32>(), 1000);
    store.assert_consistent(1000).await;
}

#[tokio::test]
async fn users_of_unknown_regions_are_in_the_catch_all_cell_and_keep_their_region() {
    let store = TestStore::create().await;
    for region in ["QQ-XXX", "QQ"] {
        let key = store.user(Some(region)).await;
        assert_eq!(key.cell, Cell::UNPLACED);
        assert_eq!(store.find_user(key).await.unwrap().unwrap().region.as_deref(), Some(region));
    }
    assert_eq!(store.user(None).await.cell, Cell::UNPLACED);
}

fn form() -> FormNonce {
    FormNonce { id: Uuid::now_v7(), expires_at: now() + TimeDelta::hours(1) }
}

#[tokio::test]
async fn of_32_sign_ups_by_one_form_at_once_one_succeeds_whatever_their_emails() {
    let store = TestStore::create().await;
    let (store, form) = (&store, form());
    let sign_ups = (0..32).map(|racer: usize| async move {
        let new = new_user(&store.region_map, REGIONS[racer % REGIONS.len()]);
        store.insert_user(&new, Some(form)).await
    });
    let outcomes = join_all(sign_ups).await;
    let made = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    let rejected = outcomes.iter().filter(|outcome| matches!(outcome, Err(InsertUserError::FormConsumed))).count();
    assert_eq!((made, rejected), (1, 31));
    store.assert_consistent(1).await;
}

#[tokio::test]
async fn a_form_is_spent_by_an_account_or_a_taken_email_and_by_no_failure() {
    let store = TestStore::create().await;
    let (form, new) = (form(), new_user(&store.region_map, Some("KZ")));
    store.sql("ALTER TABLE user_directory RENAME TO missing").await;
    store.insert_user(&new, Some(form)).await.unwrap_err();
    store.sql("ALTER TABLE missing RENAME TO user_directory").await;
    assert!(!store.is_one_time_value_consumed(form.id).await.unwrap());
    store.insert_user(&new, Some(form)).await.unwrap();
    assert!(store.is_one_time_value_consumed(form.id).await.unwrap());

    let (second, taken) = (self::form(), NewUser { email: new.email, ..new_user(&store.region_map, None) });
    let refused = store.insert_user(&taken, Some(second)).await;
    assert!(matches!(refused, Err(InsertUserError::EmailTaken)));
    let other = new_user(&store.region_map, None);
    let refused = store.insert_user(&other, Some(second)).await;
    assert!(matches!(refused, Err(InsertUserError::FormConsumed)));
    store.assert_consistent(1).await;
}

/// SQLite counts the commits that changed pages; PostgreSQL's counters are those of all databases of a server.
#[tokio::test]
async fn a_taken_email_costs_a_durable_commit_like_a_free_one() {
    let store = TestStore::create().await;
    if !store.is_embedded() {
        return;
    }
    // The counter is that of one connection.
    let watcher = connect(store.database.url(), 1, Bounds::BATCH).await.unwrap().pool().clone();
    let commits = async || {
        let statement = Statement::from_string(watcher.get_database_backend(), "PRAGMA data_version");
        watcher.query_one_raw(statement).await.unwrap().unwrap().try_get_by_index::<i64>(0).unwrap()
    };
    let (free, social) = (new_user(&store.region_map, None), social_user(&store));
    store.insert_user(&social, None).await.unwrap();
    let before = commits().await;
    store.insert_user(&free, None).await.unwrap();
    assert_ne!(commits().await, before);

    let before = commits().await;
    let taken = NewUser { email: free.email.clone(), ..new_user(&store.region_map, None) };
    assert!(matches!(store.insert_user(&taken, None).await, Err(InsertUserError::EmailTaken)));
    assert_ne!(commits().await, before, "a sign-up");

    let before = commits().await;
    let refused = set_password(&store, social.key.id, free.email.as_ref()).await;
    assert!(matches!(refused, Err(FirstPasswordError::EmailTaken)));
    assert_ne!(commits().await, before, "a first password");

    let before = commits().await;
    store.find_user(free.key).await.unwrap();
    assert_eq!(commits().await, before, "a read");
    assert_eq!(store.number("SELECT count(*) FROM spent_tickets").await, 0);
}
