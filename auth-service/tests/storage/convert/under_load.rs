//! There and back and there again, while everybody goes on.

use std::sync::Arc;

use auth_service::domain::{UserChange, UserKey};
use auth_service::storage::{PlainTable, Store};
use contracts::ids::UserId;

use tokio::task::LocalSet;

use super::plain::PlainHome;
use super::writers::{Writers, compare};

/// Both tables and their indexes, as a fresh installation names them.
const USERS: [&str; 2] = ["users_pkey", "users_region_birth_date"];
const SIGN_INS: [&str; 1] = ["sign_ins_pkey"];

#[tokio::test]
async fn nobody_notices_tables_that_become_partitions_and_plain_and_partitions_again() {
    let Some(home) = PlainHome::with(400).await else { return };
    LocalSet::new().run_until(there_and_back_and_there_again(home)).await;
}

async fn there_and_back_and_there_again(home: PlainHome) {
    let home = Arc::new(home);
    let writers = Writers::start(&home, 4);
    for table in PlainTable::ALL {
        home.convert(table).await;
        assert_eq!(home.kind(table.name()).await, 'p');
    }
    for table in PlainTable::ALL {
        home.revert(table).await;
        assert_eq!(home.kind(table.name()).await, 'r');
    }
    for table in PlainTable::ALL {
        let again = home.convert(table).await;
        assert_eq!(again.copied, 0, "the partitions kept up all the time");
        assert!(home.finish(table).await, "what stays is partitioned");
    }
    let deeds = writers.stop().await;
    assert!(deeds.errors.is_empty(), "{} of {}: {:?}", deeds.errors.len(), deeds.done, deeds.errors.first());
    assert!(deeds.done > 100 && deeds.people.len() > 10, "{} deeds were too few to prove anything", deeds.done);
    compare(&home, &deeds.people).await;
    let here = deeds.people.values().flatten().count();
    assert_eq!(home.number("SELECT count(*) FROM users").await, i64::try_from(here + 400).unwrap());
    assert_eq!(
        home.number("SELECT count(*) FROM users").await,
        home.number("SELECT count(*) FROM user_directory").await
    );
    assert_eq!(home.leftovers().await, 0);
    assert_eq!(home.canonical("users", &USERS).await, USERS.len());
    assert_eq!(home.canonical("sign_ins", &SIGN_INS).await, SIGN_INS.len());
}

#[tokio::test]
async fn rows_and_checksums_are_the_same_before_and_after_and_back() {
    let Some(home) = PlainHome::with(150).await else { return };
    for table in PlainTable::ALL {
        let there = home.convert(table).await;
        assert_eq!((there.copied, there.checksum.rows), (150, 150));
        assert_eq!(home.kind(table.name()).await, 'p');
        let back = home.revert(table).await;
        assert_eq!(back.checksum, there.checksum);
        assert_eq!(home.kind(table.name()).await, 'r');
        assert!(!home.finish(table).await, "what stays is plain");
        assert_eq!(home.convert(table).await.checksum, there.checksum);
        assert!(home.finish(table).await);
    }
    assert_eq!(home.leftovers().await, 0);
    assert_eq!(home.canonical("users", &USERS).await + home.canonical("sign_ins", &SIGN_INS).await, 3);
}

#[tokio::test]
async fn statements_that_were_prepared_on_the_plain_table_go_on_working() {
    let Some(home) = PlainHome::with(20).await else { return };
    let one = Store::connect(home.database.url(), 1).await.unwrap();
    let new = home.person(Some("KZ"));
    one.insert_user(&new).await.unwrap();
    use_all(&one, &home, new.key).await;
    home.convert(PlainTable::Users).await;
    use_all(&one, &home, new.key).await;
    home.revert(PlainTable::Users).await;
    use_all(&one, &home, new.key).await;
}

/// Every statement on `users` that the service knows, on the one connection of `store`.
async fn use_all(store: &Store, home: &PlainHome, key: UserKey) {
    assert_eq!(store.find_user(key).await.unwrap().unwrap().key, key);
    let change = UserChange { display_name: Some("Bob".into()), ..UserChange::default() };
    store.update_user(key.id, &change, |_| key.cell, home.now).await.unwrap();
    assert_eq!(store.move_users(&[key.id], key.cell, key.cell, home.now).await.unwrap(), 1);
    assert!(!store.list_residents(key.cell, None, 10).await.unwrap().is_empty());
    let id = UserId::new();
    store.insert_user(&home.person_in(UserKey { id, cell: key.cell }, Some("KZ"))).await.unwrap();
}
