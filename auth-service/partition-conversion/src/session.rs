//! The only connection of a conversion. It holds the advisory lock, so a process that loses the connection loses the
//! lock too, and cannot interfere with a successor.

use std::time::{Duration, Instant};

use account_partitions::storage::LEAF_LOCK;
use sea_orm::sqlx::postgres::PgRow;
use sea_orm::sqlx::{self, AssertSqlSafe, PgConnection, Row};
use sea_orm::{DbErr, RuntimeErr};
use service_kit::database::{Database, DatabaseError};

use crate::names::PlainTable;
use crate::report::{ConvertError, LockTimes, Step, Watch, report_step};

/// "part" as a number: the first half of the advisory lock.
const CONVERT_LOCK: i32 = 0x7061_7274;
/// Maximum number of attempts to get the advisory lock: the server needs some time to notice that a predecessor was
/// killed.
const LOCK_ATTEMPTS: u32 = 10;
/// Pause between attempts to lock; requests that queued behind an attempt are done by then.
const PAUSE: Duration = Duration::from_millis(200);
/// A holder whose transaction is older than this will not release the table within an attempt, so none is made.
const LONG_TRANSACTION: &str = "1 second";
/// Makes statements independent of the database's settings: no time limits but our own, one format of times, and a lost
/// client is noticed within a second.
const SESSION_SETTINGS: &str = "SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0; \
     SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET max_parallel_workers_per_gather = 0; \
     SET client_connection_check_interval = '1s'; SET application_name = 'marquee partitions'";

/// Limits of a conversion.
#[derive(Debug, Clone, Copy)]
pub struct ConvertSettings {
    /// Rows copied in one transaction; writers of these rows wait for its end.
    pub batch: u32,
    /// Lock timeout of one attempt. Concurrent requests wait behind it.
    pub lock_timeout: Duration,
    /// Time limit of all attempts.
    pub timeout: Duration,
}

impl Default for ConvertSettings {
    fn default() -> Self {
        Self { batch: 4_000, lock_timeout: Duration::from_millis(100), timeout: Duration::from_secs(60) }
    }
}

/// A lock on tables, and the statements to run under it.
pub(crate) struct LockedStep<'a> {
    /// The LOCK statement.
    pub lock: &'a str,
    /// Statements to run.
    pub work: &'a str,
    /// Lock modes of others that do not conflict, as an SQL list.
    pub compatible: &'a str,
}

/// A dedicated connection.
pub(crate) struct Session {
    pub table: PlainTable,
    pub settings: ConvertSettings,
    connection: PgConnection,
}

impl Session {
    /// Detaches a connection from the pool: closing it releases all locks, also when the future is dropped.
    pub async fn open(database: &Database, table: PlainTable, settings: ConvertSettings) -> Result<Self, ConvertError> {
        let pool = database.pool().get_postgres_connection_pool();
        let pooled = database.statement(async { pool.acquire().await.map_err(failed) }).await;
        let pooled = pooled.map_err(DatabaseError::from)?;
        let mut session = Self { table, settings, connection: pooled.detach() };
        if session.text("SELECT current_setting('server_version_num')::int >= 140000").await? != Some("true".into()) {
            return Err(ConvertError::OldServer);
        }
        session.run(SESSION_SETTINGS).await?;
        let lock = format!("SELECT pg_try_advisory_lock({CONVERT_LOCK}, {})", table.lock());
        for _ in 0..LOCK_ATTEMPTS {
            if session.text(&lock).await?.as_deref() == Some("true") {
                return Ok(session);
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(ConvertError::AlreadyRunning { table })
    }

    /// Runs statements; returns the number of affected rows.
    pub async fn run(&mut self, sql: &str) -> Result<u64, DatabaseError> {
        let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut self.connection).await;
        Ok(done.map_err(storage)?.rows_affected())
    }

    /// The result of a query, as text.
    pub async fn rows(&mut self, sql: &str) -> Result<Vec<Vec<Option<String>>>, DatabaseError> {
        let rows = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(&mut self.connection).await.map_err(storage)?;
        let read = |row: PgRow| {
            let cells = (0..row.len()).map(|index| row.try_get_unchecked::<Option<String>, _>(index));
            cells.collect::<Result<Vec<_>, _>>().map_err(storage)
        };
        rows.into_iter().map(read).collect()
    }

    /// The first value of the first row. Booleans read `true` and `false`.
    pub async fn text(&mut self, sql: &str) -> Result<Option<String>, DatabaseError> {
        let wrapped = format!("SELECT answer::text FROM ({sql}) AS query (answer)");
        Ok(self.rows(&wrapped).await?.into_iter().next().and_then(|row| row.into_iter().next()).flatten())
    }

    /// Runs statements under a lock that must not block others for long: each attempt has a short timeout, with pauses
    /// between attempts in which others proceed.
    pub async fn locked(&mut self, step: &LockedStep<'_>, watch: &mut Watch<'_>) -> Result<LockTimes, ConvertError> {
        let started = Instant::now();
        let mut times = LockTimes::default();
        loop {
            times.attempts += 1;
            report_step(self.table, watch, Step::Locking { attempt: times.attempts })?;
            let holders = self.holders(step, LONG_TRANSACTION).await?;
            if holders.is_none() && self.locked_once(step, &mut times).await? {
                return Ok(times);
            }
            if started.elapsed() >= self.settings.timeout {
                let holders = match holders {
                    Some(holders) => holders,
                    None => self.holders(step, "0").await?.unwrap_or_else(|| "many short transactions have it".into()),
                };
                return Err(ConvertError::Busy { table: self.table, timeout: self.settings.timeout, holders });
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// `true` when the lock was acquired. The lock order is that of creating a leaf: first the advisory lock, then
    /// tables.
    async fn locked_once(&mut self, step: &LockedStep<'_>, times: &mut LockTimes) -> Result<bool, ConvertError> {
        let wait = self.settings.lock_timeout.as_millis();
        // No wait for the disk while the lock is held. A power failure loses the end of the WAL, so either this and all
        // later transactions, or nothing; `flush` makes it durable.
        let begin = format!(
            "BEGIN; SET LOCAL lock_timeout = '{wait}ms'; SET LOCAL statement_timeout = '{}ms'; \
             SET LOCAL idle_in_transaction_session_timeout = '2s'; SET LOCAL synchronous_commit = off; \
             SELECT pg_advisory_xact_lock({LEAF_LOCK})",
            wait * 2
        );
        let requested = Instant::now();
        let acquired = match self.run(&begin).await {
            Ok(_) => self.run(&format!("{}; SET LOCAL statement_timeout = 0", step.lock)).await,
            Err(error) => Err(error),
        };
        let locked = Instant::now();
        times.waited = times.waited.max(locked - requested);
        let done = match acquired {
            Ok(_) => self.run(&format!("{}; COMMIT", step.work)).await,
            Err(error) => Err(error),
        };
        match done {
            Ok(_) => {
                times.held = locked.elapsed();
                self.flush().await?;
                Ok(true)
            }
            Err(error) => {
                self.run("ROLLBACK").await?;
                if error.is_lock_timeout() { Ok(false) } else { Err(error.into()) }
            }
        }
    }

    /// Waits until everything up to here is on disk. A commit waits for the disk only if its transaction has written a
    /// WAL record (`RecordTransactionCommit` in PostgreSQL's xact.c), for which a transaction id is not enough; a
    /// message is.
    async fn flush(&mut self) -> Result<(), DatabaseError> {
        self.run("SELECT pg_logical_emit_message(true, 'marquee', ''::text)").await.map(drop)
    }

    /// Description of the sessions that have held the table or one of its leaves for longer than `long`.
    async fn holders(&mut self, step: &LockedStep<'_>, long: &str) -> Result<Option<String>, DatabaseError> {
        let sql = format!(
            "SELECT string_agg(DISTINCT format('%s %s, pid %s, in a transaction since %s s', backend_type, \
                 nullif(application_name, ''), pid, round(extract(epoch FROM clock_timestamp() - xact_start))), '; ') \
             FROM pg_locks JOIN pg_stat_activity USING (pid) \
             WHERE locktype = 'relation' AND granted AND pid <> pg_backend_pid() AND mode NOT IN ({compatible}) \
               AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
               AND (relation = to_regclass('{table}') \
                    OR relation IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = to_regclass('{table}'))) \
               AND clock_timestamp() - xact_start > interval '{long}'",
            compatible = step.compatible,
            table = self.table,
        );
        self.text(&sql).await
    }
}

pub(crate) fn storage(error: sqlx::Error) -> DatabaseError {
    failed(error).into()
}

fn failed(error: sqlx::Error) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(error.into()))
}
