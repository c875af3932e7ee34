//! A separate database for each test: a file in SQLite, or a new database on the PostgreSQL server of
//! `TEST_POSTGRES_URL`.

use sea_orm::{ConnectionTrait, Database, DatabaseConnection};
use uuid::Uuid;

use crate::database::{Bounds, connect, sqlite_url};

/// An empty database. The SQLite file is deleted on drop; a PostgreSQL database lasts as long as the test server.
pub struct TestDatabase {
    url: String,
    _folder: Option<tempfile::TempDir>,
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
        Self { url, _folder: Some(folder) }
    }

    async fn in_postgres(server: &str) -> Self {
        let name = format!("test_{}", Uuid::now_v7().simple());
        let admin = Database::connect(server).await.expect("TEST_POSTGRES_URL names a running server");
        admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.expect("the test role may create databases");
        admin.close().await.expect("the connection closes");
        let (base, _) = server.rsplit_once('/').expect("TEST_POSTGRES_URL ends in /database");
        Self { url: format!("{base}/{name}"), _folder: None }
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
