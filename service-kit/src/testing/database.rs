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
    #[expect(clippy::disallowed_methods, reason = "set by whoever runs the tests, no setting of a program")]
    pub async fn create() -> Self {
        match std::env::var("TEST_POSTGRES_URL") {
            Ok(server) => Self::in_postgres(&server).await,
            Err(_) => Self::in_sqlite(),
        }
    }

    fn in_sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let url = sqlite_url(&folder.path().join("test.sqlite"));
        Self { url, kept: Kept::Folder { _folder: folder } }
    }

    async fn in_postgres(server: &str) -> Self {
        let name = format!("test_{}", Uuid::now_v7().simple());
        run(server, &format!("CREATE DATABASE {name}")).await.expect("the test role may create databases");
        let (base, _) = server.rsplit_once('/').expect("TEST_POSTGRES_URL ends in /database");
        Self { url: format!("{base}/{name}"), kept: Kept::Server { url: server.to_owned(), name } }
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
async fn run(server: &str, statement: &str) -> Result<(), DbErr> {
    let connection = Database::connect(server).await?;
    connection.execute_unprepared(statement).await?;
    connection.close().await
}
