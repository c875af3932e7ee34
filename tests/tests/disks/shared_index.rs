//! The index of the write-ahead log that all connections of a process share, after the disk was read-only.

use std::path::Path;

use sea_orm::sqlx::sqlite::SqliteConnectOptions;
use sea_orm::sqlx::{Connection as _, Executor as _, SqliteConnection};
use sea_orm::{ConnectionTrait as _, DbErr, TransactionOptions};
use service_kit::database::{Bounds, Database, sqlite_url};

use crate::small_disk::{Mechanism, SmallDisk};

async fn connect(url: &str) -> SqliteConnection {
    let options: SqliteConnectOptions = url.parse().expect("a URL");
    SqliteConnection::connect_with(&options).await.expect("it can be read")
}

/// A database in `folder` with its log and the log's index, as kill -9 leaves them.
async fn killed(folder: &Path) -> String {
    let elsewhere = tempfile::tempdir().expect("a folder");
    let mut writer = connect(&format!("{}?mode=rwc", sqlite_url(&elsewhere.path().join("one.sqlite")))).await;
    writer.execute("PRAGMA journal_mode = WAL").await.expect("a log");
    writer.execute("CREATE TABLE words (word TEXT)").await.expect("a table");
    for file in ["one.sqlite", "one.sqlite-wal", "one.sqlite-shm"] {
        std::fs::copy(elsewhere.path().join(file), folder.join(file)).expect(file);
    }
    sqlite_url(&folder.join("one.sqlite"))
}

async fn write(database: &Database) -> Result<(), DbErr> {
    let transaction = database.begin_write(TransactionOptions::default()).await?;
    transaction.execute_unprepared("INSERT INTO words VALUES ('sea')").await?;
    database.commit(transaction).await
}

/// A small disk with such a database, and its URL; `None` where mounting is not permitted.
async fn small_disk() -> Option<(SmallDisk, String)> {
    let disk = SmallDisk::new(Mechanism::SmallFileSystem, 8);
    if disk.mechanism() != Mechanism::SmallFileSystem {
        return None;
    }
    let url = killed(disk.path()).await;
    assert!(disk.remount("ro"));
    Some((disk, url))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_share_a_read_only_index_are_not_kept() {
    let Some((disk, url)) = small_disk().await else { return };
    let mut reader = connect(&url).await;
    reader.execute("SELECT count(*) FROM words").await.expect("it can be read");
    assert!(disk.remount("rw"), "the index stays as the reader has opened it");

    let database = Database::open(&url, 4, Bounds::REQUESTS).await.expect("a pool");
    let begun = (0..3).map(|_| database.begin_read(TransactionOptions::default()));
    drop(futures_util::future::join_all(begun).await);
    reader.close().await.expect("closed");

    write(&database).await.expect("the first write after it succeeds");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_only_disk_is_not_connected_to_until_it_can_be_written() {
    let Some((disk, url)) = small_disk().await else { return };
    let database = Database::open(&url, 4, Bounds::REQUESTS).await.expect("a pool");
    let errors = [
        write(&database).await.expect_err("nothing can be written"),
        database.execute_unprepared("SELECT 1").await.expect_err("nor read"),
    ];
    for error in errors {
        assert!(error.to_string().contains("read-only filesystem"), "{error}"); // and not: timed out
        database.write_failed(&error);
    }

    assert!(disk.remount("rw"));
    write(&database).await.expect("it can be written");
}
