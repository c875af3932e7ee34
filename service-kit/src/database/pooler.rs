//! Connection poolers between this process and PostgreSQL, such as PgBouncer: every connection needs its own session.
//!
//! Prepared statements, session parameters and session-level advisory locks live as long as the server's session. A
//! pooler that assigns sessions per transaction or statement (PgBouncer's `pool_mode = transaction` and `statement`)
//! breaks all three, intermittently and without an error. `pool_mode = session` keeps them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::{self, AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, Row as _};
use sea_orm::{DbErr, RuntimeErr};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

/// Maximum time for the second connection of a check. A pooler whose sessions are all in use makes it wait.
const SECOND_CONNECTION_TIMEOUT: Duration = Duration::from_millis(300);
/// Minimum time between two checks that reject: statements fail meanwhile without connecting.
const REJECTION_TTL: Duration = Duration::from_secs(5);

/// The session of a connection is shared with other clients.
#[derive(Debug, thiserror::Error)]
#[error(
    "the database is behind a pooler that shares sessions between clients; prepared statements and advisory locks need \
     PgBouncer's pool_mode = session"
)]
struct SharedSession;

fn shared_session() -> sqlx::Error {
    sqlx::Error::Configuration(SharedSession.into())
}

/// Parameters of a session, set by a statement: poolers reject or drop parameters of the startup message.
#[derive(Debug, Clone)]
pub struct SessionParameters(String);

impl SessionParameters {
    /// With these `lock_timeout` and `statement_timeout`; `None` is no limit.
    pub fn new(lock_timeout: Duration, statement_timeout: Option<Duration>) -> Self {
        let statement_timeout = statement_timeout.unwrap_or_default();
        Self(format!(
            // A generic plan on partitioned tables costs tens of milliseconds. Acknowledged writes are on disk with any
            // default of the server.
            "SET plan_cache_mode = 'force_custom_plan'; SET synchronous_commit = 'on'; \
             SET lock_timeout = {}; SET statement_timeout = {}",
            lock_timeout.as_millis(),
            statement_timeout.as_millis()
        ))
    }

    /// Sets them on a new connection. The time for it is limited by the pool.
    ///
    /// # Errors
    /// When the server rejects them or the connection breaks.
    pub async fn apply(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        sqlx::raw_sql(AssertSqlSafe(self.0.clone())).execute(connection).await.map(drop)
    }
}

/// Check of one pool that its sessions are not shared. Connections are checked until one has passed.
#[derive(Debug)]
pub(super) struct SessionCheck {
    passed: AtomicBool,
    /// Time of the last rejection.
    rejected: watch::Sender<Option<Instant>>,
}

impl SessionCheck {
    /// The check of a new PostgreSQL pool.
    pub(super) fn pending() -> Self {
        Self { passed: AtomicBool::new(false), rejected: watch::Sender::new(None) }
    }

    /// For an embedded database, which has no sessions on a server.
    pub(super) fn not_needed() -> Self {
        Self { passed: AtomicBool::new(true), rejected: watch::Sender::new(None) }
    }

    /// Resolves with an error when connections are rejected, otherwise never. The pool itself reports no reason: it
    /// retries until its timeout.
    pub(super) async fn rejection(&self) -> DbErr {
        let mut rejected = self.rejected.subscribe();
        while !self.passed.load(Ordering::Relaxed) {
            let last = *rejected.borrow_and_update();
            if last.is_some_and(|at| at.elapsed() < REJECTION_TTL) {
                return DbErr::Conn(RuntimeErr::SqlxError(shared_session().into()));
            }
            if rejected.changed().await.is_err() {
                break;
            }
        }
        std::future::pending().await
    }

    /// Rejects `connection` when its session is shared. If no second connection is available, the check is repeated
    /// with the next connection.
    pub(super) async fn check(
        &self,
        connection: &mut PgConnection,
        options: &PgConnectOptions,
    ) -> Result<(), sqlx::Error> {
        if self.passed.load(Ordering::Relaxed) {
            return Ok(());
        }
        match is_shared(connection, options).await? {
            Some(true) => {
                self.rejected.send_replace(Some(Instant::now()));
                return Err(shared_session());
            }
            Some(false) => self.passed.store(true, Ordering::Relaxed),
            None => tracing::debug!("a second connection for the check of sessions was not to be had"),
        }
        Ok(())
    }
}

/// Marks the session of `connection`. It is shared when a second connection, made while the first is idle, sees the
/// mark, or when the first no longer sees it.
async fn is_shared(connection: &mut PgConnection, options: &PgConnectOptions) -> Result<Option<bool>, sqlx::Error> {
    let mark = uuid::Uuid::new_v4().simple().to_string();
    let sql = format!("SELECT set_config('marquee.session', '{mark}', false)");
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *connection).await?;
    let second = async {
        let mut second = options.connect().await?;
        let seen = mark_of(&mut second).await?;
        second.close().await?;
        Ok::<_, sqlx::Error>(seen)
    };
    let second = timeout(SECOND_CONNECTION_TIMEOUT, second).await;
    let is_kept = mark_of(connection).await?.as_ref() == Some(&mark);
    Ok(match second {
        _ if !is_kept => Some(true),
        Ok(Ok(seen)) => Some(seen.as_ref() == Some(&mark)),
        Ok(Err(_)) | Err(_) => None,
    })
}

async fn mark_of(connection: &mut PgConnection) -> Result<Option<String>, sqlx::Error> {
    let row = sqlx::raw_sql("SELECT current_setting('marquee.session', true)").fetch_one(connection).await?;
    row.try_get(0)
}
