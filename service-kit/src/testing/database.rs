//! A separate database for each test: a file in SQLite, or a new database on the PostgreSQL server of
//! `TEST_POSTGRES_URL`.

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbErr};
use uuid::Uuid;

use crate::database::{Bounds, connect, sqlite_url};

/// An empty database, deleted on drop: a thousand of them would take 8 GB in PostgreSQL.
pub struct TestDatabase {
    url: String,
    kept: Kept,
}

enum Kept {
    /// The SQLite file is in it.
    Folder { _folder: tempfile::TempDir },
    /// A database on the PostgreSQL server of this URL.
    Server { url: String, name: String },
}

impl TestDatabase {
    /// Creates one, in PostgreSQL when `TEST_POSTGRES_URL` is set, otherwise in SQLite.
    ///
    /// # Panics
    /// When it cannot be created.
    pub async fn create() -> Self {
        match Self::server() {
            Some(server) => Self::in_postgres(&server, "").await,
            None => Self::in_sqlite(&[]),
        }
    }

    /// URL of the PostgreSQL server, when tests run there.
    #[expect(clippy::disallowed_methods, reason = "set by whoever runs the tests, no setting of a program")]
    pub(super) fn server() -> Option<String> {
        std::env::var("TEST_POSTGRES_URL").ok()
    }

    /// With a file of these bytes; with none the first connection makes it.
    pub(super) fn in_sqlite(bytes: &[u8]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let file = folder.path().join("test.sqlite");
        if !bytes.is_empty() {
            std::fs::write(&file, bytes).expect("a file can be written");
        }
        Self { url: sqlite_url(&file), kept: Kept::Folder { _folder: folder } }
    }

    /// Created with these options.
    pub(super) async fn in_postgres(server: &str, options: &str) -> Self {
        let name = format!("test_{}", Uuid::now_v7().simple());
        let create = format!("CREATE DATABASE {name} {options}");
        run(server, &create).await.expect("the test role may create databases");
        Self { url: Self::url_on(server, &name), kept: Kept::Server { url: server.to_owned(), name } }
    }

    /// URL of a database of a server.
    pub(super) fn url_on(server: &str, name: &str) -> String {
        let (base, _) = server.rsplit_once('/').expect("TEST_POSTGRES_URL ends in /database");
        format!("{base}/{name}")
    }

    /// URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A small pool.
    ///
    /// # Panics
    /// When it cannot be reached.
    pub async fn connect(&self) -> DatabaseConnection {
        connect(&self.url, 4, Bounds::BATCH).await.expect("the test database can be reached").pool().clone()
    }
}

impl Drop for TestDatabase {
    /// Also while the test's pools are open: what they do later fails, as if the test had ended.
    fn drop(&mut self) {
        let Kept::Server { url, name } = &self.kept else { return };
        let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        // A runtime and a thread of its own: the test's runtime cannot be waited for from here.
        let dropped = std::thread::scope(|scope| scope.spawn(|| run_alone(url, &drop)).join());
        if !matches!(dropped, Ok(Ok(()))) {
            eprintln!("{name} is left on the server: {dropped:?}");
        }
    }
}

fn run_alone(server: &str, statement: &str) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(run(server, statement))?)
}

/// Runs a statement on a connection of its own.
pub(super) async fn run(server: &str, statement: &str) -> Result<(), DbErr> {
    let connection = Database::connect(server).await?;
    connection.execute_unprepared(statement).await?;
    connection.close().await
}
