//! Leader election for partition maintenance: the replica that holds an advisory lock, on a dedicated connection.

use std::time::Duration;

use sea_orm::sqlx::postgres::PgPoolOptions;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, RuntimeErr, SqlxPostgresConnector, Statement};
use service_kit::database::{Bounds, Database, DatabaseError, SessionParameters};

use super::account_partitions::AccountPartitions;

/// "upkeep!!" as a number: an advisory lock used only here.
const LEADER_LOCK: i64 = 0x7570_6b65_6570_2121;
/// Maximum wait for one lock held by others. Detaching waits for readers in this way.
const DETACH_LOCK_TIMEOUT: Duration = Duration::from_secs(60);

/// Modes of election.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lead {
    /// The replica that acquires the lock.
    IfFree,
    /// Without a lock, for commands of an operator. All steps are safe to run concurrently.
    Anyway,
}

/// Leadership and its connection; both end together.
pub struct Leader {
    /// `None` in the embedded database, which needs no leader.
    pub(super) db: Option<Database>,
}

impl AccountPartitions {
    /// Acquires leadership; `None` when another replica has it. Statements of the leader wait for locks at most
    /// `lock_timeout`: [`Leader::LOCK_TIMEOUT`], or less in tests.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn lead(&self, lead: Lead, lock_timeout: Duration) -> Result<Option<Leader>, DatabaseError> {
        if self.is_embedded() {
            return Ok(Some(Leader { db: None }));
        }
        // For each connection, so that a replacement of the first one has them as well.
        let lock_timeout = lock_timeout.max(Duration::from_millis(1));
        let parameters = SessionParameters::new(lock_timeout, Some(lock_timeout * 10));
        let options = self.db.pool().get_postgres_connection_pool().connect_options();
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(Bounds::REQUESTS.acquire)
            .idle_timeout(None)
            .max_lifetime(None)
            .after_connect(move |connection, _| {
                let parameters = parameters.clone();
                Box::pin(async move { parameters.apply(connection).await })
            })
            .connect_with(options.as_ref().clone())
            .await
            .map_err(|error| DbErr::Conn(RuntimeErr::SqlxError(error.into())))?;
        // The server's limits above end its statements; this one is for a server that never responds.
        let bounds = Bounds { statement: lock_timeout * 20, transaction: lock_timeout * 20, ..Bounds::BATCH };
        let pool = Database::from(SqlxPostgresConnector::from_sqlx_postgres_pool(pool));
        let leader = Leader { db: Some(pool.with_bounds(bounds)) };
        if lead == Lead::Anyway || leader.has_lock().await? {
            return Ok(Some(leader));
        }
        leader.close().await;
        Ok(None)
    }
}

impl Leader {
    /// Maximum time for which a leader waits for readers of a partition.
    pub const LOCK_TIMEOUT: Duration = DETACH_LOCK_TIMEOUT;

    async fn has_lock(&self) -> Result<bool, DatabaseError> {
        let Some(db) = &self.db else { return Ok(true) };
        let sql = format!("SELECT pg_try_advisory_lock({LEADER_LOCK}) AS free");
        let row = db.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
        Ok(row.map_or(Ok(false), |row| row.try_get("", "free"))?)
    }

    /// Gives up leadership. Dropping a leader has the same effect as soon as the server notices.
    pub async fn close(self) {
        let Some(db) = self.db else { return };
        if let Err(error) = db.pool().clone().close().await {
            tracing::debug!(%error, "the connection of the leader did not close cleanly");
        }
    }
}
