//! Conversion, revert and conversion again under concurrent writes.

use std::sync::Arc;

use account_storage::Store;
use accounts::{UserChange, UserKey};
use contracts::ids::UserId;
use partition_conversion::PlainTable;
use tokio::task::LocalSet;

use super::plain::PlainHome;
use super::writers::{Writers, compare};

/// Index names of both tables in a fresh installation.
const USERS: [&str; 2] = ["users_pkey", "users_region_birth_date"];
const SIGN_INS: [&str; 1] = ["sign_ins_pkey"];

#[tokio::test]
async fn concurrent_writers_see_no_error_while_tables_are_converted_reverted_and_converted() {
    let Some(home) = PlainHome::with(400).await else { return };
    LocalSet::new().run_until(convert_revert_convert(home)).await;
}

async fn convert_revert_convert(home: PlainHome) {
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
        assert_eq!(again.copied, 0, "the partitions were kept up to date by their mirror");
        assert!(home.finish(table).await, "the remaining table is partitioned");
    }
    let log = writers.stop().await;
    assert!(log.errors.is_empty(), "{} of {}: {:?}", log.errors.len(), log.done, log.errors.first());
    assert!(log.done > 100 && log.users.len() > 10, "{} operations are too few", log.done);
    compare(&home, &log.users).await;
    let here = log.users.values().flatten().count();
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
        assert!(!home.finish(table).await, "the remaining table is plain");
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
    one.insert_user(&new, None).await.unwrap();
    use_all(&one, &home, new.key).await;
    home.convert(PlainTable::Users).await;
    use_all(&one, &home, new.key).await;
    home.revert(PlainTable::Users).await;
    use_all(&one, &home, new.key).await;
}

/// Runs every statement of the service on `users`, on the single connection of `store`.
async fn use_all(store: &Store, home: &PlainHome, key: UserKey) {
    assert_eq!(store.find_user(key).await.unwrap().unwrap().key, key);
    let change = UserChange { display_name: Some("Bob".into()), ..UserChange::default() };
    store.update_user(key.id, &change, |_| key.cell, home.now).await.unwrap();
    assert_eq!(store.partitions().move_users(&[key.id], key.cell, key.cell, home.now).await.unwrap(), 1);
    assert!(!store.partitions().list_cell_members(key.cell, None, 10).await.unwrap().is_empty());
    let id = UserId::new();
    store.insert_user(&home.person_in(UserKey { id, cell: key.cell }, Some("KZ")), None).await.unwrap();
}
