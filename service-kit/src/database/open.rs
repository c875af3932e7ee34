//! Pools of connections, and the checks of a connection before it is reused.

use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::sqlite::{
    SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sea_orm::sqlx::{self, ConnectOptions as _, Connection, Executor as _, PgConnection, SqliteConnection};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database as SeaOrm, DatabaseConnection, DbBackend, DbErr, RuntimeErr, Statement,
};
use tokio::time::timeout;

use super::Bounds;
use super::file::DatabaseFile;
use super::health::WriteHealth;
use super::pooler::{SessionCheck, SessionParameters};
use super::statements;

/// Maximum number of attempts to open an SQLite file that other processes hold busy.
const MAX_ATTEMPTS: u32 = 10;
/// Pause before the second attempt; it grows by as much with each attempt.
const RETRY_PAUSE: Duration = Duration::from_millis(20);
/// Maximum time for an idle PostgreSQL connection to answer a ping before it is used; a dead connection that was not
/// closed never answers.
const PING_TIMEOUT: Duration = Duration::from_millis(500);
/// Time after its last use from which a connection counts as idle. Under load none is, and the ping at its release, a
/// moment before, has shown that it answers: pinging it again would double the round trips of a short statement.
const IDLE: Duration = Duration::from_secs(1);
/// Maximum time for a released connection to roll back an unfinished transaction.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(2);
/// PostgreSQL's statement timeout on pools for requests. The client gets its response long before; this ends the work
/// left in the server.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(30);

/// A pool that connects on first use.
pub(super) async fn pool(
    url: &str,
    max_connections: u32,
    bounds: Bounds,
    file: Option<&DatabaseFile>,
    writes: &Arc<WriteHealth>,
    sessions: &Arc<SessionCheck>,
) -> Result<DatabaseConnection, DbErr> {
    let mut pool = match url.starts_with("sqlite:") {
        true => sqlite(url, max_connections, bounds, file.cloned(), Arc::clone(writes)).await?,
        false => postgres(url, max_connections, bounds, Arc::clone(sessions)).await?,
    };
    pool.set_metric_callback(statements::ended);
    Ok(pool)
}

/// A single read-only connection to an SQLite file that cannot be opened in the ordinary way: the index of its
/// write-ahead log cannot be created on a disk that is full or read-only.
pub(super) async fn read_only(url: &str) -> Result<DatabaseConnection, DbErr> {
    let options: SqliteConnectOptions = url.parse().map_err(connection_error)?;
    let options = options.create_if_missing(false).busy_timeout(Bounds::BATCH.lock);
    let log = options.get_filename().as_os_str().to_owned();
    let has_log = std::fs::metadata(with_suffix(log, "-wal")).is_ok_and(|metadata| metadata.len() > 0);
    let mut modes = vec![
        options.clone().read_only(true),
        // keeps the index in memory and excludes other processes; needs a writable file
        options.clone().vfs("unix-excl"),
    ];
    if !has_log {
        modes.push(options.read_only(true).immutable(true)); // reads the file alone: there is no log
    }
    let mut failed = None;
    for mode in modes {
        let options = SqlitePoolOptions::new().max_connections(1).acquire_timeout(Bounds::BATCH.acquire);
        let pool = DatabaseConnection::from(options.connect_lazy_with(mode.disable_statement_logging()));
        match pool.query_one_raw(Statement::from_string(DbBackend::Sqlite, "SELECT count(*) FROM sqlite_schema")).await
        {
            Ok(_) => return Ok(pool),
            Err(error) => failed = Some(error),
        }
    }
    Err(failed.unwrap_or_else(|| connection_error(sqlx::Error::PoolClosed)))
}

fn with_suffix(mut path: OsString, suffix: &str) -> OsString {
    path.push(suffix);
    path
}

fn connection_error(error: sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(error.into()))
}

/// Opens the first connection of an SQLite pool, so that an unusable file is detected.
pub(super) async fn open_first(pool: &DatabaseConnection) -> Result<(), DbErr> {
    let mut attempts = 1;
    loop {
        match pool.execute_unprepared("SELECT 1").await {
            Err(error) if attempts < MAX_ATTEMPTS && is_busy(&error) => {
                tokio::time::sleep(RETRY_PAUSE * attempts).await
            }
            outcome => return outcome.map(drop),
        }
        attempts += 1;
    }
}

/// Built without the connector of the ORM, which queries the version at once.
async fn sqlite(
    url: &str,
    max_connections: u32,
    bounds: Bounds,
    file: Option<DatabaseFile>,
    writes: Arc<WriteHealth>,
) -> Result<DatabaseConnection, DbErr> {
    let create = file.is_none(); // otherwise the file exists, and a moved one must not be replaced by an empty one
    let options: SqliteConnectOptions = url.parse().map_err(connection_error)?;
    let options = writable(options).create_if_missing(create).busy_timeout(bounds.lock).disable_statement_logging();
    let is_empty = || file.as_ref().is_some_and(DatabaseFile::is_empty);
    if is_empty()
        && let Err(error) = write_header(&options).await
    {
        tracing::debug!(%error, "the new database file has no header yet");
    }
    let connected = Arc::clone(&writes);
    let options = if is_empty() { options.auto_vacuum(SqliteAutoVacuum::Incremental) } else { options };
    let pool = SqlitePoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(bounds.acquire)
        .after_connect(move |connection, _| {
            let (on_disk, writes) = (file.as_ref().map(DatabaseFile::is_in_place), Arc::clone(&connected));
            async move {
                match on_disk {
                    None => {}
                    Some(false) => return Err(sqlx::Error::Io(super::moved())),
                    Some(true) => can_write(connection, bounds.lock).await?,
                }
                writes.connected();
                Ok(())
            }
            .boxed()
        })
        .before_acquire(move |connection, metadata| {
            let usable = writes.trusts(metadata.age) && !connection.is_in_transaction();
            async move { Ok(usable) }.boxed()
        })
        .after_release(|connection, _| is_clean(connection));
    Ok(pool.connect_lazy_with(options).into())
}

/// Rejects a connection that can only read. All connections of a process share one index of the write-ahead log, which
/// stays as it was opened while any of them is open: one that was opened while the disk was read-only, and kept, would
/// make every later one read-only. The file system tells what may be written now and not how the index was opened, so a
/// write transaction is begun. Another writer's lock is no obstacle: only a connection that can write finds it.
async fn can_write(connection: &mut SqliteConnection, lock: Duration) -> Result<(), sqlx::Error> {
    connection.execute("PRAGMA busy_timeout = 0").await?;
    let begun = match connection.execute("BEGIN IMMEDIATE").await {
        Ok(_) => connection.execute("ROLLBACK").await.map(drop),
        Err(error) if super::error::is_busy(&error) => Ok(()),
        Err(error) => Err(error),
    };
    let timeout = format!("PRAGMA busy_timeout = {}", lock.as_millis());
    connection.execute(sqlx::AssertSqlSafe(timeout)).await?;
    begun
}

/// Writes the header of an empty file. Only then does `auto_vacuum` have an effect, and setting it is a write: a
/// connection that sets it waits for other writers, and cannot be opened on a full disk.
async fn write_header(options: &SqliteConnectOptions) -> Result<(), sqlx::Error> {
    options.clone().auto_vacuum(SqliteAutoVacuum::Incremental).connect().await?.close().await
}

fn writable(sqlite: SqliteConnectOptions) -> SqliteConnectOptions {
    sqlite
        .journal_mode(SqliteJournalMode::Wal)
        // In WAL mode NORMAL does not wait for the disk: acknowledged writes could be lost in a power failure, and disk
        // errors would go unreported.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .pragma("cache_size", "-16384") // KiB per connection; the default is too small for imports
}

/// `true` when the driver counts no open transaction. After SQLITE_FULL, IOERR, NOMEM and INTERRUPT SQLite has already
/// rolled back, so COMMIT and ROLLBACK fail and the driver still counts one open transaction: every later one would
/// become a SAVEPOINT in a transaction that never ends, acknowledged and lost. Such connections are closed, and so are
/// those with a dropped transaction that is not rolled back yet.
fn is_clean<C: Connection>(connection: &mut C) -> BoxFuture<'_, Result<bool, sqlx::Error>> {
    let clean = !connection.is_in_transaction();
    async move { Ok(clean) }.boxed()
}

async fn postgres(
    url: &str,
    max_connections: u32,
    bounds: Bounds,
    sessions: Arc<SessionCheck>,
) -> Result<DatabaseConnection, DbErr> {
    let parameters = SessionParameters::new(bounds.lock, (bounds == Bounds::REQUESTS).then_some(STATEMENT_TIMEOUT));
    let options: PgConnectOptions = url.parse().map_err(connection_error)?;
    let second = without_float_digits(options).disable_statement_logging();
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(max_connections)
        .connect_timeout(bounds.acquire)
        .acquire_timeout(bounds.acquire)
        .sqlx_logging(false)
        .connect_lazy(true);
    options.map_sqlx_postgres_opts(without_float_digits);
    options.map_sqlx_postgres_pool_opts(move |pool| {
        let (parameters, second, sessions) = (parameters.clone(), second.clone(), Arc::clone(&sessions));
        let pool = pool.after_connect(move |connection, _| {
            let (parameters, second, sessions) = (parameters.clone(), second.clone(), Arc::clone(&sessions));
            async move {
                parameters.apply(connection).await?;
                sessions.check(connection, &second).await
            }
            .boxed()
        });
        pool.test_before_acquire(false)
            .before_acquire(|connection, metadata| match metadata.idle_for < IDLE {
                true => is_clean(connection),
                false => answers(connection, PING_TIMEOUT),
            })
            .after_release(|connection, _| answers(connection, RELEASE_TIMEOUT))
    });
    SeaOrm::connect(options).await
}

/// PgBouncer rejects this startup parameter; no statement needs it.
fn without_float_digits(options: PgConnectOptions) -> PgConnectOptions {
    options.extra_float_digits(None)
}

/// `true` when a connection answers and no transaction is open on it. The ping also waits for a rollback that was only
/// queued.
fn answers(connection: &mut PgConnection, bound: Duration) -> BoxFuture<'_, Result<bool, sqlx::Error>> {
    let ping = async move {
        let silent = |_| sqlx::Error::Io(std::io::ErrorKind::TimedOut.into());
        timeout(bound, connection.ping()).await.map_err(silent)??;
        Ok(!connection.is_in_transaction())
    };
    ping.boxed()
}

/// `true` for SQLITE_BUSY: two processes that switch a new file to WAL at the same moment cannot wait for each other,
/// so SQLite fails at once.
fn is_busy(error: &DbErr) -> bool {
    let DbErr::Conn(RuntimeErr::SqlxError(source)) = error else { return false };
    super::error::is_busy(source)
}
