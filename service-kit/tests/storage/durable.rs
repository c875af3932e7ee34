//! Committed writes are durable, whatever happened on the same connection before.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Statement, TransactionOptions};
use service_kit::database::{Bounds, Database, connect};
use service_kit::testing::TestDatabase;

/// A pool of one connection, so that each request finds what the previous one left behind.
async fn one_connection(test: &TestDatabase) -> Database {
    let database = connect(test.url(), 1, Bounds::BATCH).await.expect("a database");
    database.execute_unprepared("CREATE TABLE notes (note TEXT NOT NULL)").await.expect("a table");
    database
}

async fn insert(on: &DatabaseTransaction, note: &str) -> Result<(), DbErr> {
    let sql = "INSERT INTO notes (note) VALUES ($1)";
    on.execute_raw(Statement::from_sql_and_values(on.get_database_backend(), sql, [note.into()])).await.map(drop)
}

async fn write(database: &Database, note: &str) -> Result<(), DbErr> {
    let transaction = database.begin_write(TransactionOptions::default()).await?;
    insert(&transaction, note).await?;
    database.commit(transaction).await
}

/// Polls `work` at most `polls` times, then drops it in the middle of its wait.
async fn drop_after<T>(polls: u32, work: impl Future<Output = T>) {
    let (mut work, mut remaining) = (pin!(work), polls);
    poll_fn(|context| {
        if remaining == 0 {
            return Poll::Ready(());
        }
        remaining -= 1;
        work.as_mut().poll(context).map(drop)
    })
    .await;
}

/// Committed notes, as seen by another connection.
async fn notes(test: &TestDatabase) -> Vec<String> {
    let other = test.connect().await;
    let sql = Statement::from_string(other.get_database_backend(), "SELECT note FROM notes ORDER BY note");
    let rows = other.query_all_raw(sql).await.expect("the notes can be read");
    rows.iter().map(|row| row.try_get("", "note").expect("a text")).filter(|note: &String| note.len() < 100).collect()
}

async fn number(database: &Database, pragma: &str) -> i64 {
    let sql = Statement::from_string(database.get_database_backend(), format!("PRAGMA {pragma}"));
    let row = database.query_one_raw(sql).await.expect("a pragma").expect("a row");
    row.try_get_by_index(0).expect("a number")
}

#[tokio::test]
async fn after_a_full_disk_what_is_committed_is_durable_without_a_restart() {
    let test = TestDatabase::create().await;
    let database = one_connection(&test).await;
    if !database.is_embedded() {
        return; // PostgreSQL does not roll back by itself
    }
    for round in 0..3 {
        write(&database, &format!("before {round}")).await.expect("there is room");
        let pages = number(&database, "page_count").await;
        database.execute_unprepared(&format!("PRAGMA max_page_count = {pages}")).await.expect("a limit");

        let transaction = database.begin_write(TransactionOptions::default()).await.expect("a transaction");
        let full = insert(&transaction, &"x".repeat(100_000)).await.expect_err("there is no room");
        assert!(full.to_string().contains("full"), "{full}");
        let _ = transaction.rollback().await; // SQLite has rolled back by itself, and reports that
        // As after a conflict. While the driver still counts the first transaction, this would end a savepoint only.
        let ordinary = database.begin_write(TransactionOptions::default()).await.expect("a transaction");
        ordinary.rollback().await.expect("a rollback");

        write(&database, &format!("after {round}")).await.expect("a connection that is fit for use");
    }
    let expected = ["after 0", "after 1", "after 2", "before 0", "before 1", "before 2"];
    assert_eq!(notes(&test).await, expected);
}

#[tokio::test]
async fn a_transaction_dropped_at_any_point_leaves_nothing_behind() {
    let test = TestDatabase::create().await;
    let database = one_connection(&test).await;
    let mut expected = Vec::new();
    for step in 0..40 {
        let cut = async {
            let transaction = database.begin_write(TransactionOptions::default()).await?;
            insert(&transaction, "never committed").await?;
            insert(&transaction, "never committed").await
        };
        drop_after(step, cut).await;

        // A single statement commits by itself, unless the connection is in a forgotten transaction.
        let note = format!("step {step:03}");
        let sql = format!("INSERT INTO notes (note) VALUES ('{note}')");
        database.execute_unprepared(&sql).await.expect("the connection can be used");
        expected.push(note);
    }
    assert_eq!(notes(&test).await, expected);
}

#[tokio::test]
async fn an_acknowledged_commit_waits_for_the_disk_with_any_server_default() {
    let test = TestDatabase::create().await;
    let database = one_connection(&test).await;
    if database.is_embedded() {
        assert_eq!(number(&database, "synchronous").await, 2, "FULL");
        return;
    }
    let name = test.url().rsplit('/').next().expect("a name").to_owned();
    let off = format!("ALTER DATABASE {name} SET synchronous_commit = off");
    database.execute_unprepared(&off).await.expect("the test role owns its database");
    let later = connect(test.url(), 1, Bounds::REQUESTS).await.expect("a pool");
    let sql = Statement::from_string(later.get_database_backend(), "SHOW synchronous_commit");
    let row = later.query_one_raw(sql).await.expect("a setting").expect("a row");
    assert_eq!(row.try_get_by_index::<String>(0).expect("a word"), "on");
}
