//! No statement exceeds its time limit, and a cancelled write is not made later.

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
async fn a_write_that_waits_for_a_lock_fails_and_is_not_made_when_the_lock_is_free() {
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
        add(&database).await.expect_err("another transaction has the lock");
        let single = database.execute_unprepared("UPDATE counts SET count = count + 1").await;
        single.expect_err("another transaction has the lock");
    }
    locked.commit().await.expect("the lock is free");

    eventually("writes are made again", BOUND, async || add(&database).await.is_ok()).await;
    assert_eq!(count(&other).await, 101);
}

#[tokio::test]
async fn connections_open_and_read_while_another_one_holds_the_lock_for_writes() {
    let test = TestDatabase::create().await;
    let database = connect(test.url(), 2, SHORT).await.expect("a pool"); // creates the file
    database.execute_unprepared("CREATE TABLE counts (count INTEGER NOT NULL)").await.expect("a table");
    database.execute_unprepared("INSERT INTO counts VALUES (7)").await.expect("a row");
    let writer = database.begin_write(TransactionOptions::default()).await.expect("a transaction");
    writer.execute_unprepared("UPDATE counts SET count = 100").await.expect("the lock");

    assert_eq!(count(&database).await, 7, "on a second connection of the same pool");
    let other = connect(test.url(), 1, SHORT).await.expect("a pool");
    assert_eq!(count(&other).await, 7, "on the first connection of another pool");
    if database.is_embedded() {
        let sql = Statement::from_string(DbBackend::Sqlite, "PRAGMA auto_vacuum");
        let row = other.query_one_raw(sql).await.expect("a pragma").expect("a row");
        assert_eq!(row.try_get_by_index::<i64>(0).expect("a mode"), 2, "incremental, since the file was created");
    }
}

/// A count in PostgreSQL, with a pool whose connections go through a proxy that can drop packets.
struct Proxied {
    other: Database,
    proxy: SilentProxy,
    database: Database,
    _test: TestDatabase,
}

impl Proxied {
    /// `None` on SQLite, which has no connections over a network.
    async fn start() -> Option<Self> {
        let test = TestDatabase::create().await;
        let other = connect(test.url(), 1, Bounds::REQUESTS).await.expect("a pool");
        if other.is_embedded() {
            return None;
        }
        other.execute_unprepared("CREATE TABLE counts (count INTEGER NOT NULL)").await.expect("a table");
        other.execute_unprepared("INSERT INTO counts VALUES (0)").await.expect("a row");
        let proxy = SilentProxy::start(test.url()).await;
        let database = connect(&proxy.url(), 2, SHORT).await.expect("a pool");
        Some(Self { other, proxy, database, _test: test })
    }
}

#[tokio::test]
async fn silently_dead_connections_are_replaced_in_the_pool() {
    let Some(Proxied { other, proxy, database, _test }) = Proxied::start().await else { return };
    add(&database).await.expect("the server answers");

    // From now on packets are dropped, in the middle of a transaction: no check before it can detect that.
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
    // New connections work again; the old ones stay dead, and do not occupy the pool for ever.
    proxy.accept_again();
    eventually("writes are made again", BOUND, async || add(&database).await.is_ok()).await;
    let after = count(&other).await;
    for _ in 0..10 {
        add(&database).await.expect("the pool has closed the dead connections");
    }
    assert_eq!(count(&other).await, after + 10);
}

#[tokio::test]
async fn connections_that_die_silently_in_their_setup_do_not_occupy_the_pool() {
    let Some(Proxied { other, proxy, database, _test }) = Proxied::start().await else { return };

    proxy.silence_new_sessions();
    for _ in 0..4 {
        add(&database).await.expect_err("nothing comes back");
    }
    proxy.accept_again();
    eventually("writes are made again", BOUND, async || add(&database).await.is_ok()).await;
    assert_eq!(count(&other).await, 1);
}
