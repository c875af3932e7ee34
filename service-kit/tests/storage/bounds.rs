//! No statement outlives its bound, and what was given up is not done later.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement, TransactionOptions, TransactionTrait};
use service_kit::database::{Bounds, Database, connect};
use service_kit::testing::{TestDatabase, eventually};

use crate::silent_proxy::SilentProxy;

const SHORT: Bounds = Bounds {
    acquire: Duration::from_secs(5),
    lock: Duration::from_millis(50),
    statement: Duration::from_millis(300),
    transaction: Duration::from_millis(300),
};
const BOUND: Duration = Duration::from_secs(30);

async fn add(database: &Database) -> Result<(), DbErr> {
    let work = async {
        let transaction = database.begin_write(TransactionOptions::default()).await?;
        transaction.execute_unprepared("UPDATE counts SET count = count + 1").await?;
        database.commit(transaction).await
    };
    database.transaction(work).await
}

async fn count(on: &impl ConnectionTrait) -> i64 {
    let sql = Statement::from_string(on.get_database_backend(), "SELECT count FROM counts");
    let row = on.query_one_raw(sql).await.expect("the count can be read").expect("a row");
    row.try_get_by_index::<i32>(0).map(i64::from).or_else(|_| row.try_get_by_index(0)).expect("a number")
}

#[tokio::test]
async fn a_write_that_waits_for_somebody_elses_lock_fails_and_is_not_made_when_the_lock_is_free() {
    let test = TestDatabase::create().await;
    let other = test.connect().await;
    other.execute_unprepared("CREATE TABLE counts (count INTEGER NOT NULL)").await.expect("a table");
    other.execute_unprepared("INSERT INTO counts VALUES (0)").await.expect("a row");
    let database = connect(test.url(), 2, SHORT).await.expect("a pool");
    if database.is_embedded() {
        let timeout = Statement::from_string(DbBackend::Sqlite, "PRAGMA busy_timeout");
        let row = database.query_one_raw(timeout).await.expect("a pragma").expect("a row");
        assert_eq!(row.try_get_by_index::<i32>(0), Ok(50), "the bound of SHORT");
    }

    let locked = other.begin().await.expect("a transaction");
    locked.execute_unprepared("UPDATE counts SET count = 100").await.expect("the lock");
    for _ in 0..4 {
        add(&database).await.expect_err("somebody else has the lock");
        let single = database.execute_unprepared("UPDATE counts SET count = count + 1").await;
        single.expect_err("somebody else has the lock");
    }
    locked.commit().await.expect("the lock is free");

    eventually("writes are made again", BOUND, async || add(&database).await.is_ok()).await;
    assert_eq!(count(&other).await, 101);
}

#[tokio::test]
async fn connections_open_and_read_while_another_one_holds_the_lock_for_writes() {
    let test = TestDatabase::create().await;
    let database = connect(test.url(), 2, SHORT).await.expect("a pool"); // the one that makes the file
    database.execute_unprepared("CREATE TABLE counts (count INTEGER NOT NULL)").await.expect("a table");
    database.execute_unprepared("INSERT INTO counts VALUES (7)").await.expect("a row");
    let begun = database.begin_write(TransactionOptions::default()).await.expect("a transaction");
    begun.execute_unprepared("UPDATE counts SET count = 100").await.expect("the lock");

    assert_eq!(count(&database).await, 7, "on a second connection of the same pool");
    let other = connect(test.url(), 1, SHORT).await.expect("a pool");
    assert_eq!(count(&other).await, 7, "on the first connection of another pool");
    if database.is_embedded() {
        let sql = Statement::from_string(DbBackend::Sqlite, "PRAGMA auto_vacuum");
        let row = other.query_one_raw(sql).await.expect("a pragma").expect("a row");
        assert_eq!(row.try_get_by_index::<i64>(0).expect("a mode"), 2, "incremental, since the file was made");
    }
}

#[tokio::test]
async fn a_connection_that_died_without_a_word_costs_one_bound_and_then_none() {
    let test = TestDatabase::create().await;
    let other = test.connect().await;
    if other.get_database_backend() != DbBackend::Postgres {
        return;
    }
    other.execute_unprepared("CREATE TABLE counts (count INTEGER NOT NULL)").await.expect("a table");
    other.execute_unprepared("INSERT INTO counts VALUES (0)").await.expect("a row");
    let proxy = SilentProxy::start(test.url()).await;
    let database = connect(&proxy.url(), 2, SHORT).await.expect("a pool");
    add(&database).await.expect("the server answers");

    // Packets are dropped from now on, in the middle of a transaction: no check before it can notice.
    let cut_off = async {
        let transaction = database.begin_write(TransactionOptions::default()).await?;
        proxy.silence();
        transaction.execute_unprepared("UPDATE counts SET count = count + 1").await?;
        database.commit(transaction).await
    };
    database.transaction(cut_off).await.expect_err("nothing comes back");
    for _ in 0..3 {
        add(&database).await.expect_err("nothing comes back");
        let single = database.execute_unprepared("UPDATE counts SET count = count + 1").await;
        single.expect_err("nothing comes back");
    }
    // New connections work again; the old ones stay dead, and hold no place in the pool for ever.
    proxy.accept_again();
    eventually("writes are made again", BOUND, async || add(&database).await.is_ok()).await;
    let after = count(&other).await;
    for _ in 0..10 {
        add(&database).await.expect("the pool has forgotten the dead connections");
    }
    assert_eq!(count(&other).await, after + 10);
}

#[tokio::test]
async fn a_server_that_falls_silent_while_connections_are_made_costs_no_place_in_the_pool() {
    let test = TestDatabase::create().await;
    let other = test.connect().await;
    if other.get_database_backend() != DbBackend::Postgres {
        return;
    }
    other.execute_unprepared("CREATE TABLE counts (count INTEGER NOT NULL)").await.expect("a table");
    other.execute_unprepared("INSERT INTO counts VALUES (0)").await.expect("a row");
    let proxy = SilentProxy::start(test.url()).await;
    let database = connect(&proxy.url(), 2, SHORT).await.expect("a pool");

    proxy.silence_new_sessions();
    for _ in 0..4 {
        add(&database).await.expect_err("nothing comes back");
    }
    proxy.accept_again();
    eventually("writes are made again", BOUND, async || add(&database).await.is_ok()).await;
    assert_eq!(count(&other).await, 1);
}
