//! A private PostgreSQL server, started by `scripts/postgres.sh`, and connections to it like those of the services.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use account_storage::Store;
use anyhow::{Context, ensure};
use sea_orm::sqlx::postgres::PgPoolCopyExt;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement, TryGetable};
use service_kit::database::Bounds;

/// Durability has PostgreSQL's defaults (fsync and synchronous_commit on). Nothing else runs during a measurement: no
/// autovacuum, no timed checkpoint, and no parallel workers, so that the processor time of one process is all the work.
const OPTIONS: &str = "autovacuum=off max_wal_size=8GB checkpoint_timeout=1h max_parallel_workers_per_gather=0 \
                       max_parallel_maintenance_workers=0";

/// The server.
pub struct Server {
    folder: PathBuf,
    base: String,
    /// Its settings that differ from PostgreSQL's defaults, printed with the figures.
    pub settings: String,
}

impl Server {
    /// Starts one in `folder`, new or stopped before, with `shared_buffers` of `buffers_kib`.
    pub fn start(folder: &Path, buffers_kib: u64) -> anyhow::Result<Self> {
        let settings = format!("shared_buffers={buffers_kib}kB {OPTIONS}");
        let options: String = settings.split_whitespace().map(|option| format!("-c {option} ")).collect();
        let mut command = script("start", folder);
        let output = command.env("POSTGRES_OPTIONS", options).output().context("scripts/postgres.sh does not run")?;
        ensure!(output.status.success(), "PostgreSQL does not start: {}", String::from_utf8_lossy(&output.stderr));
        let url = String::from_utf8(output.stdout)?;
        let (base, _) = url.trim().rsplit_once('/').context("the script prints a URL")?;
        Ok(Self { folder: folder.to_owned(), base: base.to_owned(), settings })
    }

    /// Restarts it with other `shared_buffers`. All connections close, and its port changes.
    pub fn restart(&mut self, buffers_kib: u64) -> anyhow::Result<()> {
        let stopped = script("stop", &self.folder).status()?;
        ensure!(stopped.success(), "PostgreSQL does not stop");
        *self = Self::start(&self.folder, buffers_kib)?;
        Ok(())
    }

    /// Its data directory.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// URL of `database`.
    pub fn url(&self, database: &str) -> String {
        format!("{}/{database}", self.base)
    }

    /// Opens one connection, like the services.
    pub async fn connect(&self, database: &str) -> anyhow::Result<Db> {
        let orm = service_kit::database::connect(&self.url(database), 1, Bounds::BATCH).await?;
        Ok(Db { store: Store::new(orm.clone()), orm: orm.pool().clone() })
    }
}

fn script(verb: &str, folder: &Path) -> Command {
    let mut command = Command::new("scripts/postgres.sh");
    command.arg(verb).arg(folder);
    command
}

/// One connection: a session of one backend process.
pub struct Db {
    /// For the benchmark's own SQL.
    pub orm: DatabaseConnection,
    /// The statements of the service.
    pub store: Store,
}

impl Db {
    /// Runs statements without parameters.
    pub async fn run(&self, sql: &str) -> anyhow::Result<()> {
        self.orm.execute_unprepared(sql).await.with_context(|| sql.to_owned())?;
        Ok(())
    }

    /// The first column of the first row.
    pub async fn value<T: TryGetable>(&self, sql: &str) -> anyhow::Result<T> {
        let row = self.orm.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await;
        let row = row.with_context(|| sql.to_owned())?.with_context(|| format!("no row: {sql}"))?;
        Ok(row.try_get_by_index(0)?)
    }

    /// Processor time of this connection's backend in nanoseconds, from the scheduler.
    pub async fn cpu(&self) -> anyhow::Result<Duration> {
        let pid: i32 = self.value("SELECT pg_backend_pid()").await?;
        let path = format!("/proc/{pid}/schedstat");
        let text = std::fs::read_to_string(&path).with_context(|| format!("{path}: this needs Linux"))?;
        let nanoseconds = text.split_whitespace().next().and_then(|field| field.parse().ok());
        Ok(Duration::from_nanos(nanoseconds.with_context(|| format!("{path}: {text:?}"))?))
    }

    /// Bytes of write-ahead log so far, of the whole server.
    pub async fn wal(&self) -> anyhow::Result<i64> {
        self.value("SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint").await
    }

    /// Sends the rows of a query to this process, which discards them.
    pub async fn copy_out(&self, query: &str) -> anyhow::Result<()> {
        use futures_util::TryStreamExt as _;
        let pool = self.orm.get_postgres_connection_pool();
        let rows = pool.copy_out_raw(&format!("COPY ({query}) TO STDOUT")).await?;
        Ok(rows.try_for_each(async |_| Ok(())).await?)
    }

    /// Number of pages of 8 KiB that a query reads.
    pub async fn pages(&self, query: &str) -> anyhow::Result<u64> {
        let plan: serde_json::Value =
            self.value(&format!("EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {query}")).await?;
        let count = |name: &str| plan[0]["Plan"][name].as_u64().unwrap_or(0);
        Ok(count("Shared Hit Blocks") + count("Shared Read Blocks"))
    }
}
