//! PgBouncer between the services and PostgreSQL: session pooling works, transaction and statement pooling are rejected
//! with the reason.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use service_kit::testing::eventually;
use tests::postgres::{Postgres, port};
use tests::process::Process;
use tests::services::Service;

const BOUND: Duration = Duration::from_secs(120);
/// Part of the reason for a rejection.
const REASON: &str = "need PgBouncer's pool_mode = session";

/// A private PgBouncer, stopped when this value is dropped.
struct PgBouncer {
    folder: tempfile::TempDir,
    port: String,
}

impl PgBouncer {
    fn start(mode: &str, server: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        // It runs as another user when tests run as root.
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).expect("our own folder");
        let output = script().arg("start").arg(folder.path()).args([mode, server]).output().expect("a shell");
        assert!(output.status.success(), "no PgBouncer: {}", String::from_utf8_lossy(&output.stderr));
        Self { folder, port: String::from_utf8(output.stdout).expect("a port").trim().to_owned() }
    }

    /// URL of a database through this pooler.
    fn through(&self, url: &str) -> String {
        url.replace(&format!(":{}/", port(url)), &format!(":{}/", self.port))
    }

    /// Changes the mode while it runs.
    fn reload(&self, mode: &str) {
        let done = script().arg("reload").arg(self.folder.path()).arg(mode).status();
        assert!(done.expect("a shell").success(), "PgBouncer has ended");
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        let _ = script().arg("stop").arg(self.folder.path()).status();
    }
}

fn script() -> Command {
    Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/pgbouncer.sh"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_and_films_work_through_session_pooling() {
    let postgres = Postgres::private("");
    let (auth, movies) = (postgres.database("pgbouncer").await, postgres.database("pgbouncer").await);
    let pooler = PgBouncer::start("session", postgres.port());
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().display().to_string();
    let auth = [
        ("AUTH_DATA_DIR", data.clone()),
        ("AUTH_LISTEN", "127.0.0.1:0".to_owned()),
        ("AUTH_DATABASE_URL", pooler.through(&auth).replace("postgres://", "postgresql://")),
        ("AUTH_SERVICE_CLIENTS", "movies-api=a-secret-between-services-of-the-story".to_owned()),
    ];
    for arguments in
        [&["migrate"][..], &["create-key"], &["create-admin", "ann@example.org"], &["partitions", "ensure"]]
    {
        let mut process = Process::start("auth-service", arguments, &auth);
        assert!(process.wait(BOUND).success(), "{arguments:?}: {}", process.output().join("\n"));
    }
    let service = Service::start("auth-service", &auth);
    service.ready().await;

    let movies = [
        ("MOVIES_DATA_DIR", data),
        ("MOVIES_LISTEN", "127.0.0.1:0".to_owned()),
        ("MOVIES_MIGRATE", "true".to_owned()),
        ("MOVIES_DATABASE_URL", pooler.through(&movies)),
    ];
    let service = Service::start("movies-api", &movies);
    service.ready().await;
    let reply = service.client.get("/api/v1/films/search?query=godfathr").send().await.assert_status(200);
    assert_eq!(reply["items"][0]["title"], "The Godfather");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_through_shared_sessions_end_with_the_reason() {
    let postgres = Postgres::private("");
    let database = postgres.database("pgbouncer").await;
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().display().to_string();
    for mode in ["transaction", "statement"] {
        let pooler = PgBouncer::start(mode, postgres.port());
        let auth = [("AUTH_DATA_DIR", data.clone()), ("AUTH_DATABASE_URL", pooler.through(&database))];
        let movies = [("MOVIES_DATA_DIR", data.clone()), ("MOVIES_DATABASE_URL", pooler.through(&database))];
        for (program, variables) in [("auth-service", auth), ("movies-api", movies)] {
            let mut process = Process::start(program, &["migrate"], &variables);
            assert_eq!(process.wait(BOUND).code(), Some(1), "{mode}: {}", process.output().join("\n"));
            let ends = ["error: ", "\"message\":\"movies-api stops\""];
            let is_named = ends.iter().flat_map(|end| process.all_with(end)).any(|line| line.contains(REASON));
            assert!(is_named, "{mode}: {}", process.output().join("\n"));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_on_shared_sessions_is_not_ready_until_the_pool_mode_is_session() {
    let postgres = Postgres::private("");
    let database = postgres.database("pgbouncer").await;
    let pooler = PgBouncer::start("transaction", postgres.port());
    let folder = tempfile::tempdir().expect("a folder");
    let auth = [
        ("AUTH_DATA_DIR", folder.path().display().to_string()),
        ("AUTH_LISTEN", "127.0.0.1:0".to_owned()),
        ("AUTH_DATABASE_URL", pooler.through(&database)),
        ("AUTH_MIGRATE", "true".to_owned()),
        ("AUTH_SERVICE_CLIENTS", "movies-api=a-secret-between-services-of-the-story".to_owned()),
    ];
    assert!(Process::start("auth-service", &["create-key"], &auth).wait(BOUND).success());
    let service = Service::start("auth-service", &auth);
    for _ in 0..20 {
        service.client.get("/livez").send().await.assert_status(200);
        service.client.get("/readyz").send().await.assert_status(503);
    }
    let rejections = service.process.all_with("error returned from after_connect");
    assert!(!rejections.is_empty() && rejections.iter().all(|line| line.contains(REASON)), "{rejections:#?}");

    pooler.reload("session");
    let ready = async || service.client.get("/readyz").send().await.status.is_success();
    eventually("the service is ready without a restart", BOUND, ready).await;
}
