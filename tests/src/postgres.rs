//! A PostgreSQL server for tests with real processes.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use sea_orm::{ConnectionTrait, Database};
use uuid::Uuid;

/// A server: private to the test and stopped on drop, unless `TEST_POSTGRES_URL` names one for all tests.
pub struct Postgres {
    url: String,
    private: Option<Private>,
}

struct Private {
    folder: tempfile::TempDir,
    options: &'static str,
}

impl Postgres {
    /// The server of `TEST_POSTGRES_URL`, or a private one.
    ///
    /// # Panics
    /// When no server can be started.
    pub fn find() -> Self {
        Self::find_or_private("")
    }

    /// The server of `TEST_POSTGRES_URL`, or a private one with these additional `options`.
    ///
    /// # Panics
    /// When no server can be started.
    #[expect(clippy::disallowed_methods, reason = "set by whoever runs the tests, no setting of a program")]
    pub fn find_or_private(options: &'static str) -> Self {
        match std::env::var("TEST_POSTGRES_URL") {
            Ok(url) => Self { url, private: None },
            Err(_) => Self::private(options),
        }
    }

    /// A private server, which the test may stop and freeze, with additional `options` such as `-c autovacuum=off`.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn private(options: &'static str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        // The server runs as another user when tests run as root.
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).expect("our own folder");
        let private = Private { folder, options };
        Self { url: private.start(None), private: Some(private) }
    }

    /// URL of its default database.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its port.
    pub fn port(&self) -> &str {
        port(&self.url)
    }

    /// URL of a new, empty database; its name starts with `prefix`.
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

    /// Stops a private server in this mode of `pg_ctl`: `fast`, or `immediate` as in a crash.
    ///
    /// # Panics
    /// When it keeps running.
    pub fn stop(&self, mode: &str) {
        let stopped = script("stop", self.own().folder.path()).arg(mode).status();
        assert!(stopped.expect("a shell").success(), "PostgreSQL goes on");
    }

    /// Starts a private server that was stopped, on the same port and data.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_again(&self) {
        self.own().start(Some(self.port()));
    }

    /// Sends a signal to a private server and to all processes that serve its connections.
    ///
    /// # Panics
    /// When it does not run.
    pub fn signal(&self, name: &str) {
        let pids: Vec<_> = self.own().processes().iter().map(ToString::to_string).collect();
        // Some may have ended meanwhile.
        let _ = Command::new("sh").arg("-c").arg(format!("kill -s {name} {} 2>/dev/null", pids.join(" "))).status();
    }

    /// Ids of the processes of a private server; none of that of `TEST_POSTGRES_URL`.
    ///
    /// # Panics
    /// When it does not run.
    pub fn processes(&self) -> Vec<u32> {
        self.private.as_ref().map(Private::processes).unwrap_or_default()
    }

    fn own(&self) -> &Private {
        self.private.as_ref().expect("a private server")
    }
}

impl Private {
    /// Starts it and returns its URL.
    fn start(&self, port: Option<&str>) -> String {
        let mut command = script("start", self.folder.path());
        command.env("POSTGRES_THROWAWAY", "1").env("POSTGRES_OPTIONS", self.options);
        command.envs(port.map(|port| ("POSTGRES_PORT", port)));
        let output = command.output().expect("a shell");
        assert!(output.status.success(), "no PostgreSQL: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("an address").trim().to_owned()
    }

    /// The server and all processes that serve its connections.
    fn processes(&self) -> Vec<u32> {
        let server = self.pid().expect("the server runs");
        std::iter::once(server).chain(children(server)).collect()
    }

    /// `None` while it is stopped.
    fn pid(&self) -> Option<u32> {
        let text = std::fs::read_to_string(self.folder.path().join("data/postmaster.pid")).ok()?;
        text.lines().next()?.trim().parse().ok()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let Some(private) = &self.private else { return };
        if private.pid().is_some() {
            self.signal("CONT");
        }
        let _ = script("stop", private.folder.path()).status();
    }
}

/// The port of a URL.
///
/// # Panics
/// When it has none.
pub fn port(url: &str) -> &str {
    let (_, rest) = url.rsplit_once(':').expect("a port");
    rest.split('/').next().expect("a port")
}

fn script(verb: &str, folder: &Path) -> Command {
    let mut command = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/postgres.sh"));
    command.arg(verb).arg(folder);
    command
}

/// The processes that `parent` has started.
fn children(parent: u32) -> Vec<u32> {
    let entries = std::fs::read_dir("/proc").expect("there is /proc").flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let is_child = |id: &u32| {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        let after_name = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
        after_name.split(' ').nth(1).and_then(|text| text.parse().ok()) == Some(parent)
    };
    ids.filter(is_child).collect()
}
