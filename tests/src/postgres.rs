//! A PostgreSQL for tests over real processes.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use sea_orm::{ConnectionTrait, Database};
use uuid::Uuid;

/// A server of the test's own, unless there is one for tests. It is stopped when this value goes.
pub struct Postgres {
    url: String,
    folder: Option<tempfile::TempDir>,
}

impl Postgres {
    /// Finds it in `TEST_POSTGRES_URL`, or starts one.
    ///
    /// # Panics
    /// When there is none and none can be started.
    pub fn find() -> Self {
        if let Ok(url) = std::env::var("TEST_POSTGRES_URL") {
            return Self { url, folder: None };
        }
        let folder = tempfile::tempdir().expect("a folder");
        // The server runs as a user of its own where tests run as root.
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).expect("our own folder");
        let output = postgres_script("start", folder.path()).env("POSTGRES_THROWAWAY", "1").output().expect("a shell");
        assert!(output.status.success(), "no PostgreSQL: {}", String::from_utf8_lossy(&output.stderr));
        let url = String::from_utf8(output.stdout).expect("an address").trim().to_owned();
        Self { url, folder: Some(folder) }
    }

    /// URL of a new, empty database whose name begins with `prefix`.
    ///
    /// # Panics
    /// When the role may not create databases.
    pub async fn database(&self, prefix: &str) -> String {
        let name = format!("{prefix}_{}", Uuid::now_v7().simple());
        let admin = Database::connect(&self.url).await.expect("the server runs");
        admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.expect("the role may create databases");
        admin.close().await.expect("the connection closes");
        let (base, _) = self.url.rsplit_once('/').expect("the URL ends in /database");
        format!("{base}/{name}")
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            let _ = postgres_script("stop", folder.path()).status();
        }
    }
}

fn postgres_script(verb: &str, folder: &Path) -> Command {
    let mut command = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/postgres.sh"));
    command.arg(verb).arg(folder);
    command
}
