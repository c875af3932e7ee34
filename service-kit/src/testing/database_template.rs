//! Databases with tables, of which tests get copies: to create some hundreds of tables takes PostgreSQL ten times as long
//! as to copy them.

use std::fs;

use sea_orm::{ConnectionTrait, Database, DbErr, Statement};
use tokio::sync::OnceCell;
use uuid::Uuid;

use super::database::{TestDatabase, run};
use crate::database::sqlite_url;

/// Beginning of the names of templates in PostgreSQL; a UUID of version 7 follows, which has the time in it.
const PREFIX: &str = "test_template_";
/// Age from which the template of another process is deleted: a process does not end its own.
const MAX_AGE: u64 = 24 * 60 * 60;

/// The template of the tests of a process.
#[derive(Default)]
pub struct TestTemplate {
    made: OnceCell<Made>,
}

enum Made {
    /// The bytes of a SQLite file.
    File(Vec<u8>),
    /// Name of a database on the server.
    Database(String),
}

impl TestTemplate {
    /// One that is made by the first copy.
    pub const fn new() -> Self {
        Self { made: OnceCell::const_new() }
    }

    /// A copy. The first call lets `prepare` create the tables in the database of a URL; it must close its connections.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn copy(&self, prepare: impl AsyncFnOnce(String)) -> TestDatabase {
        let server = TestDatabase::server();
        let make = async || match &server {
            Some(server) => Made::Database(in_postgres(server, prepare).await),
            None => Made::File(in_sqlite(prepare).await),
        };
        match self.made.get_or_init(make).await {
            Made::Database(name) => {
                TestDatabase::in_postgres(&server.unwrap_or_default(), &format!("TEMPLATE {name}")).await
            }
            Made::File(bytes) => TestDatabase::in_sqlite(bytes),
        }
    }
}

async fn in_sqlite(prepare: impl AsyncFnOnce(String)) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("template.sqlite");
    prepare(sqlite_url(&file)).await;
    fs::read(file).expect("the template can be read")
}

async fn in_postgres(server: &str, prepare: impl AsyncFnOnce(String)) -> String {
    drop_old(server).await.expect("old templates can be deleted");
    let name = format!("{PREFIX}{}", Uuid::now_v7().simple());
    run(server, &format!("CREATE DATABASE {name}")).await.expect("the test role may create databases");
    prepare(TestDatabase::url_on(server, &name)).await;
    name
}

async fn drop_old(server: &str) -> Result<(), DbErr> {
    let connection = Database::connect(server).await?;
    let list = format!("SELECT datname FROM pg_database WHERE datname LIKE '{PREFIX}%'");
    let rows = connection.query_all_raw(Statement::from_string(connection.get_database_backend(), list)).await?;
    for row in rows {
        let name: String = row.try_get_by_index(0)?;
        if is_old(&name) {
            connection.execute_unprepared(&format!("DROP DATABASE IF EXISTS {name}")).await?;
        }
    }
    connection.close().await
}

fn is_old(name: &str) -> bool {
    let seconds = |id: Uuid| id.get_timestamp().map_or(0, |time| time.to_unix().0);
    let id = name.strip_prefix(PREFIX).and_then(|id| Uuid::try_parse(id).ok());
    id.is_some_and(|id| seconds(id) + MAX_AGE < seconds(Uuid::now_v7()))
}
