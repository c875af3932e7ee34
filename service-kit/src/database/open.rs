//! Pools of connections, and what is checked of a connection before it is used again.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::sqlite::{
    SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sea_orm::sqlx::{self, ConnectOptions as _, Connection, PgConnection, SqliteConnection};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database as SeaOrm, DatabaseConnection, DbBackend, DbErr, RuntimeErr, Statement,
};
use tokio::time::timeout;

use super::Bounds;
use super::file::DatabaseFile;
use super::health::WriteHealth;
use super::pooler::{SessionCheck, SessionParameters};
use crate::telemetry::sql;

/// Maximum number of tries to open an SQLite file while others are in the way.
const MAX_TRIES: u32 = 10;
/// Pause before the second try; it grows by as much from try to try.
const PAUSE: Duration = Duration::from_millis(20);
/// Maximum time in which a pooled PostgreSQL connection answers a ping before it is used; a connection that is dead and has not
/// been closed never answers.
const PING: Duration = Duration::from_millis(500);
/// Maximum time in which a connection that comes back to its pool ends what was begun on it.
const RETURN: Duration = Duration::from_secs(2);
/// Maximum time of a statement in PostgreSQL on a pool for requests. The client is answered long before; this ends what would
/// go on in the server.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(30);

/// A pool that connects when it is first used.
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
    pool.set_metric_callback(sql::ended);
    Ok(pool)
}

/// One connection that only reads what an SQLite file holds when it cannot be opened in the ordinary way: the file of the
/// write-ahead log's index cannot be made on a disk that is full or read-only.
pub(super) async fn read_only(url: &str) -> Result<DatabaseConnection, DbErr> {
    let given: SqliteConnectOptions = url.parse().map_err(connection_error)?;
    let given = given.create_if_missing(false).busy_timeout(Bounds::BATCH.lock);
    let log = given.get_filename().as_os_str().to_owned();
    let has_log = std::fs::metadata(with_suffix(log, "-wal")).is_ok_and(|facts| facts.len() > 0);
    let mut ways = vec![
        given.clone().read_only(true),
        // keeps the index in memory, and other processes out; needs a file that may be written
        given.clone().vfs("unix-excl"),
    ];
    if !has_log {
        ways.push(given.read_only(true).immutable(true)); // reads the file alone, and there is nothing beside it
    }
    let mut failed = None;
    for way in ways {
        let options = SqlitePoolOptions::new().max_connections(1).acquire_timeout(Bounds::BATCH.acquire);
        let pool = DatabaseConnection::from(options.connect_lazy_with(way.disable_statement_logging()));
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

/// Opens the first connection of an SQLite pool, so that a file that cannot be used is noticed.
pub(super) async fn open_first(pool: &DatabaseConnection) -> Result<(), DbErr> {
    let mut tries = 1;
    loop {
        match pool.execute_unprepared("SELECT 1").await {
            Err(error) if tries < MAX_TRIES && is_busy(&error) => tokio::time::sleep(PAUSE * tries).await,
            outcome => return outcome.map(drop),
        }
        tries += 1;
    }
}

/// Made without the connector of the ORM, which asks for the version at once.
async fn sqlite(
    url: &str,
    max_connections: u32,
    bounds: Bounds,
    file: Option<DatabaseFile>,
    writes: Arc<WriteHealth>,
) -> Result<DatabaseConnection, DbErr> {
    let create = file.is_none(); // a file was made by now, and one that was moved away must not be replaced by an empty one
    let options: SqliteConnectOptions = url.parse().map_err(connection_error)?;
    let options = writable(options).create_if_missing(create).busy_timeout(bounds.lock).disable_statement_logging();
    let is_empty = || file.as_ref().is_some_and(DatabaseFile::is_empty);
    if is_empty()
        && let Err(error) = write_header(&options).await
    {
        tracing::debug!(%error, "the new database file has no header yet");
    }
    let options = if is_empty() { options.auto_vacuum(SqliteAutoVacuum::Incremental) } else { options };
    let pool = SqlitePoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(bounds.acquire)
        .after_connect(move |_, _| {
            // All connections of a process share one index of the write-ahead log: while one that was opened on a read-only disk is
            // open, none can write.
            let problem = file.as_ref().and_then(|file| match file.is_in_place() {
                false => Some(super::moved()),
                true => (!file.may_be_written()).then(|| ErrorKind::ReadOnlyFilesystem.into()),
            });
            async move { problem.map_or(Ok(()), |problem| Err(sqlx::Error::Io(problem))) }.boxed()
        })
        .before_acquire(move |connection, facts| {
            let usable = writes.trusts(facts.age) && !connection.is_in_transaction();
            async move { Ok(usable) }.boxed()
        })
        .after_release(|connection, _| is_clean(connection));
    Ok(pool.connect_lazy_with(options).into())
}

/// Writes the header of an empty file. Only there does `auto_vacuum` have an effect, and setting it is a write: a connection that
/// sets it waits for other writers, and cannot be opened on a full disk.
async fn write_header(options: &SqliteConnectOptions) -> Result<(), sqlx::Error> {
    options.clone().auto_vacuum(SqliteAutoVacuum::Incremental).connect().await?.close().await
}

fn writable(sqlite: SqliteConnectOptions) -> SqliteConnectOptions {
    sqlite
        .journal_mode(SqliteJournalMode::Wal)
        // In WAL mode NORMAL does not wait for the disk: what was answered could be lost with the power, and an error of the
        // disk would be nobody's.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .pragma("cache_size", "-16384") // KiB per connection; the default is too small for an import
}

/// Whether no transaction is open as far as the driver knows. After SQLITE_FULL, IOERR, NOMEM and INTERRUPT SQLite has rolled
/// back by itself, so COMMIT and ROLLBACK fail and the driver goes on counting one open transaction: every later one would be a
/// SAVEPOINT in a transaction that nobody ends, acknowledged and lost. Such a connection is closed. So is one whose
/// transaction was dropped on the way, unless its rollback has been done by now.
fn is_clean(connection: &mut SqliteConnection) -> BoxFuture<'_, Result<bool, sqlx::Error>> {
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
    let given: PgConnectOptions = url.parse().map_err(connection_error)?;
    let second = without_float_digits(given).disable_statement_logging();
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
            .before_acquire(|connection, _| answers(connection, PING))
            .after_release(|connection, _| answers(connection, RETURN))
    });
    SeaOrm::connect(options).await
}

/// PgBouncer rejects this parameter of the startup message; no statement needs it.
fn without_float_digits(options: PgConnectOptions) -> PgConnectOptions {
    options.extra_float_digits(None)
}

/// Whether a connection answers and no transaction is open on it. The ping also waits for a rollback that was only queued.
fn answers(connection: &mut PgConnection, bound: Duration) -> BoxFuture<'_, Result<bool, sqlx::Error>> {
    let ping = async move {
        let silent = |_| sqlx::Error::Io(std::io::ErrorKind::TimedOut.into());
        timeout(bound, connection.ping()).await.map_err(silent)??;
        Ok(!connection.is_in_transaction())
    };
    ping.boxed()
}

/// SQLITE_BUSY: two processes that turn a new file to WAL at the same moment cannot wait for each other, so SQLite does not
/// let them try.
fn is_busy(error: &DbErr) -> bool {
    let DbErr::Conn(RuntimeErr::SqlxError(source)) = error else { return false };
    source.as_database_error().and_then(|database| database.code()).is_some_and(|code| code == "5")
}
