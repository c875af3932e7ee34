//! The file of an embedded database: its name, mode, and identity.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use sea_orm::ConnectionTrait;
use service_kit::database::{Bounds, Database, connect, sqlite_url};

async fn open(path: &Path) -> Database {
    let database = connect(&sqlite_url(path), 2, Bounds::REQUESTS).await.expect("a database");
    database.execute_unprepared("CREATE TABLE notes (note TEXT)").await.expect("a table");
    database
}

async fn write(database: &Database) -> Result<(), sea_orm::DbErr> {
    let transaction = database.begin_write(sea_orm::TransactionOptions::default()).await?;
    transaction.execute_unprepared("INSERT INTO notes VALUES ('x')").await?;
    database.commit(transaction).await
}

#[tokio::test]
async fn a_database_opens_under_any_name_and_its_files_are_for_their_owner_only() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["50%2F50", "what?", "#one", "two words", "фильмы", "a&b=c;d"] {
        let path = folder.path().join(name);
        service_kit::files::private_folder(&path).expect("a folder");
        let database = open(&path.join("one.sqlite")).await;
        write(&database).await.expect("it can be written");
        let mut files: Vec<_> = fs::read_dir(&path).expect("the folder").map(|entry| entry.expect("a file")).collect();
        files.sort_by_key(fs::DirEntry::file_name);
        let names: Vec<_> = files.iter().map(|file| file.file_name().to_string_lossy().into_owned()).collect();
        assert_eq!(names, ["one.sqlite", "one.sqlite-shm", "one.sqlite-wal"], "{name}");
        for file in files {
            assert_eq!(file.metadata().expect("a mode").permissions().mode() & 0o777, 0o600, "{:?}", file.path());
        }
    }
}

#[tokio::test]
async fn nothing_is_written_to_a_file_that_was_moved_or_replaced() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, moved) = (folder.path().join("one.sqlite"), folder.path().join("moved.sqlite"));
    let database = open(&path).await;
    write(&database).await.expect("it is in its place");

    let transaction = database.begin_write(sea_orm::TransactionOptions::default()).await.expect("it is in its place");
    transaction.execute_unprepared("INSERT INTO notes VALUES ('y')").await.expect("a row");
    fs::rename(&path, &moved).expect("moved");
    database.commit(transaction).await.expect_err("the write would be lost");
    assert!(!database.is_in_place());
    write(&database).await.expect_err("it is not in its place");
    database.execute_unprepared("INSERT INTO notes VALUES ('z')").await.expect_err("nor by a single statement");
    assert!(!path.exists(), "no empty database was put in its place");

    fs::write(&path, b"").expect("another file");
    write(&database).await.expect_err("it is another file");
    fs::rename(&moved, &path).expect("moved back");
    write(&database).await.expect("it is in its place again");
}

#[tokio::test]
async fn a_database_that_was_closed_in_order_or_not_can_be_read_without_writing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("one.sqlite");
    let database = open(&path).await;
    write(&database).await.expect("a row");
    for closed in [false, true] {
        if closed {
            database.pool().clone().close().await.expect("it closes");
        }
        let readable = Database::open_read_only(&sqlite_url(&path)).await.expect("it can be read").expect("a file");
        let sql = sea_orm::Statement::from_string(sea_orm::DbBackend::Sqlite, "SELECT count(*) FROM notes");
        let row = readable.query_one_raw(sql).await.expect("the notes can be read").expect("a row");
        assert_eq!(row.try_get_by_index::<i64>(0).expect("a number"), 1);
        readable.execute_unprepared("INSERT INTO notes VALUES ('x')").await.expect_err("it is only read");
        readable.pool().clone().close().await.expect("it closes");
    }
}
