//! Cells and months that appear after the conversion has begun.

use std::ops::ControlFlow;

use account_partitions::storage::Partitioned;
use account_storage::Store;
use accounts::{Cell, UserKey};
use chrono::TimeDelta;
use contracts::ids::UserId;
use partition_conversion::{PlainTable, Step};

use super::plain::{PlainHome, done, odd_cell, sign_in};

async fn insert_user_in(home: &PlainHome, cell: Cell) -> UserId {
    let new = home.person_in(UserKey { id: UserId::new(), cell }, Some("KZ"));
    home.store.insert_user(&new, None).await.unwrap();
    new.key.id
}

#[tokio::test]
async fn a_cell_and_a_month_that_appear_while_rows_are_copied_get_leaves() {
    let Some(home) = PlainHome::with(60).await else { return };
    insert_user_in(&home, odd_cell(88)).await; // in the data, and in no plan
    let halfway = |step| matches!(step, Step::Copying { rows, .. } if rows > 0);
    for table in PlainTable::ALL {
        home.convert_until(table, halfway).await;
    }
    let id = insert_user_in(&home, odd_cell(90)).await;
    for years in [-9, 9] {
        home.store.insert_sign_in(&sign_in(id, home.now + TimeDelta::days(365 * years))).await.unwrap();
    }
    assert_eq!(home.store.partitions().move_users(&[id], odd_cell(90), odd_cell(91), home.now).await.unwrap(), 1);
    assert_eq!(home.convert(PlainTable::Users).await.checksum.rows, 62);
    assert_eq!(home.convert(PlainTable::SignIns).await.checksum.rows, 62);
    let leaves = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'users'::regclass \
                  AND inhrelid::regclass::text IN ('users_c088', 'users_c090', 'users_c091')";
    assert_eq!(home.number(leaves).await, 3);
}

#[tokio::test]
async fn a_cell_that_appears_just_before_the_mirror_gets_its_leaf_from_the_copying() {
    let Some(home) = PlainHome::with(10).await else { return };
    let new = home.person_in(UserKey { id: UserId::new(), cell: odd_cell(89) }, None);
    let (url, mut late) = (home.database.url().to_owned(), Some(new));
    let mut watch = |step| {
        if matches!(step, Step::Locking { .. })
            && let Some(new) = late.take()
        {
            // The leaves exist, the mirror does not yet.
            let url = url.clone();
            let insert = move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime
                    .block_on(async { Store::connect(&url, 1).await.unwrap().insert_user(&new, None).await.unwrap() });
            };
            std::thread::spawn(insert).join().unwrap();
        }
        ControlFlow::Continue(())
    };
    let report = done(home.conversion(PlainTable::Users).convert(home.now, &mut watch).await);
    assert_eq!(report.checksum.rows, 11);
    assert_eq!(home.number("SELECT count(*) FROM users_c089").await, 1);
}

#[tokio::test]
async fn a_leaf_created_after_the_conversion_also_writes_to_the_kept_table() {
    let Some(home) = PlainHome::with(20).await else { return };
    for table in PlainTable::ALL {
        home.convert(table).await;
    }
    let id = insert_user_in(&home, odd_cell(92)).await;
    home.store.insert_sign_in(&sign_in(id, home.now - TimeDelta::days(365 * 9))).await.unwrap();
    assert_eq!(home.store.partitions().move_users(&[id], odd_cell(92), odd_cell(93), home.now).await.unwrap(), 1);
    home.sql("DELETE FROM users WHERE cell = 1").await;
    assert_eq!(home.number(&format!("SELECT cell::bigint FROM users_plain WHERE id = '{id}'")).await, 93);
    for table in PlainTable::ALL {
        home.revert(table).await; // fails if the tables differ
    }
    assert!(home.store.partitions().is_converting(Partitioned::Users).await.unwrap());
    assert_eq!(home.store.partitions().ensure_leaves(home.now).await.unwrap(), 0);
}
