//! Locks held by other transactions.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use accounts::{Cell, UserKey};
use partition_conversion::{Conversion, ConvertError, PlainTable, Step};
use sea_orm::{ConnectionTrait, TransactionTrait};
use service_kit::testing::eventually;

use super::plain::{PlainHome, done, go_on, settings};

const BOUND: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_lock_timeout_fails_the_conversion_and_the_next_one_succeeds() {
    let Some(home) = PlainHome::with(50).await else { return };
    let short_timeout =
        || Conversion::new(home.store.partitions(), PlainTable::Users, settings(Duration::from_millis(1_500)));
    for table in ["users", "users_v2"] {
        let reader = home.db.begin().await.unwrap();
        if home.kind(table).await == ' ' {
            continue;
        }
        reader.execute_unprepared(&format!("SELECT 1 FROM {table} LIMIT 1")).await.unwrap();
        let refused = short_timeout().convert(home.now, &mut go_on).await.unwrap_err();
        assert!(matches!(refused, ConvertError::Busy { .. }), "{refused}");
        assert!(table != "users" || refused.to_string().contains("in a transaction since"), "{refused}");
        assert_eq!((home.kind("users").await, home.kind("users_plain").await), ('r', ' '), "nothing was changed");
        reader.commit().await.unwrap();
    }
    done(short_timeout().convert(home.now, &mut go_on).await);

    let reader = home.db.begin().await.unwrap();
    reader.execute_unprepared("SELECT 1 FROM users LIMIT 1").await.unwrap();
    for refused in [short_timeout().revert(&mut go_on).await, short_timeout().finish(&mut go_on).await] {
        assert!(matches!(refused, Err(ConvertError::Busy { .. })), "{refused:?}");
    }
    reader.commit().await.unwrap();
    home.revert(PlainTable::Users).await;
}

#[tokio::test]
async fn an_open_write_transaction_delays_the_mirror_and_loses_nothing() {
    let Some(home) = PlainHome::with(10).await else { return };
    let writer = home.db.begin().await.unwrap();
    writer.execute_unprepared("UPDATE users SET display_name = 'Eve'").await.unwrap();
    let short_timeout =
        Conversion::new(home.store.partitions(), PlainTable::Users, settings(Duration::from_millis(300)));
    let refused = short_timeout.convert(home.now, &mut go_on).await;
    assert!(matches!(refused, Err(ConvertError::Busy { .. })), "{refused:?}");
    writer.commit().await.unwrap();
    home.convert(PlainTable::Users).await;
    assert_eq!(home.number("SELECT count(*) FROM users WHERE display_name = 'Eve'").await, 10);
}

#[tokio::test]
async fn a_row_that_moves_between_being_read_and_being_inserted_does_not_come_back() {
    let Some(home) = PlainHome::with(5).await else { return };
    let new = home.person_in(UserKey { id: contracts::ids::UserId::new(), cell: Cell::new(1) }, None);
    home.store.insert_user(&new, None).await.unwrap();
    // The mirror exists, and no row is copied yet.
    home.convert_until(PlainTable::Users, |step| matches!(step, Step::Copying { .. })).await;
    let id = new.key.id;
    let mover = home.db.begin().await.unwrap();
    mover.execute_unprepared(&format!("UPDATE users SET cell = 2 WHERE id = '{id}' AND cell = 1")).await.unwrap();

    let tries = Arc::new(AtomicU32::new(0));
    let seen = Arc::clone(&tries);
    let mut watch = move |step| {
        let copied = matches!(step, Step::Verifying);
        seen.fetch_add(if copied { 10 } else { 1 }, Ordering::Relaxed);
        ControlFlow::Continue(())
    };
    let conversion = home.conversion(PlainTable::Users);
    let convert = conversion.convert(home.now, &mut watch);
    let commit = async {
        // The conversion has met the row and retries, or (wrongly) has copied it.
        eventually("the row was met", BOUND, async || tries.load(Ordering::Relaxed) >= 3).await;
        mover.commit().await.unwrap();
    };
    let (outcome, ()) = tokio::join!(convert, commit);
    assert_eq!(done(outcome).checksum.rows, 6);
    assert_eq!(home.number(&format!("SELECT sum(cell)::bigint FROM users WHERE id = '{id}'")).await, 2);
}

#[tokio::test]
async fn of_two_that_convert_the_same_table_at_once_one_is_refused() {
    let Some(home) = PlainHome::with(30).await else { return };
    let reader = home.db.begin().await.unwrap();
    reader.execute_unprepared("SELECT 1 FROM users LIMIT 1").await.unwrap();
    let waiting = AtomicU32::new(0);
    let mut watch = |step| {
        waiting.fetch_add(u32::from(matches!(step, Step::Verifying)), Ordering::Relaxed);
        ControlFlow::Continue(())
    };
    let first = home.conversion(PlainTable::Users);
    let first = first.convert(home.now, &mut watch);
    let second = async {
        eventually("the first waits for its lock", BOUND, async || waiting.load(Ordering::Relaxed) > 0).await;
        let refused = home.conversion(PlainTable::Users).convert(home.now, &mut go_on).await;
        assert!(matches!(refused, Err(ConvertError::AlreadyRunning { .. })), "{refused:?}");
        // Another table can be converted.
        home.convert(PlainTable::SignIns).await;
        reader.commit().await.unwrap();
    };
    let (outcome, ()) = tokio::join!(first, second);
    done(outcome);
}
