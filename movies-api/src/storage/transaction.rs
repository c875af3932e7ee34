//! Transactions of the catalogue: writers one after another, readers with a snapshot.

use std::time::Duration;

use sea_orm::sea_query::Expr;
use sea_orm::{
    AccessMode, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait, IsolationLevel,
    QueryFilter, SqliteTransactionMode, TransactionOptions,
};
use service_kit::database::Database;

use super::StorageError;
use super::entities::catalogue_feed;
use super::error::is_contention;

/// Maximum attempts of a writer to get its turn; each waits for as long as the pool's time limits allow.
const ATTEMPTS: u32 = 5;

/// A writing transaction that holds the head of the change feed.
///
/// The lock on that one row keeps the feed in the order of commits: the next writer gets its numbers only when this one
/// has committed (and is visible) or rolled back. Nothing else in the catalogue needs a lock, so writers cannot
/// deadlock, and every look-up before an insert is free of races.
pub struct CatalogueWrite {
    db: Database,
    transaction: DatabaseTransaction,
    stored_seq: i64,
    last_seq: i64,
}

impl CatalogueWrite {
    /// Waits for this writer's turn.
    pub async fn begin(db: &Database) -> Result<Self, StorageError> {
        let mut tried = 0;
        loop {
            tried += 1;
            match Self::try_begin(db).await {
                Ok(write) => return Ok(write),
                Err(error) if is_contention(&error) && tried < ATTEMPTS => {
                    tracing::debug!(tried, %error, "the catalogue is busy, trying again");
                    tokio::time::sleep(Duration::from_millis(20 << tried)).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn try_begin(db: &Database) -> Result<Self, DbErr> {
        let transaction = db.begin_write(writing(db.get_database_backend())).await?;
        if transaction.get_database_backend() == DbBackend::Postgres {
            // Pools of this project plan each statement for its values, which suits partitions. Foreign keys are
            // checked by statements, too, and planning those for each row doubles the time of an import.
            transaction.execute_unprepared("SET LOCAL plan_cache_mode = 'auto'").await?;
        }
        let head = catalogue_feed::Entity::update_many()
            .col_expr(catalogue_feed::Column::LastSeq, Expr::col(catalogue_feed::Column::LastSeq))
            .filter(catalogue_feed::Column::Id.eq(catalogue_feed::ONLY))
            .exec_with_returning(&transaction)
            .await?;
        let [head] = head.as_slice() else {
            return Err(DbErr::RecordNotFound("the row of catalogue_feed".to_owned()));
        };
        Ok(Self { db: db.clone(), stored_seq: head.last_seq, last_seq: head.last_seq, transaction })
    }

    /// Connection for statements.
    pub const fn connection(&self) -> &DatabaseTransaction {
        &self.transaction
    }

    /// The next number of the feed.
    pub const fn next_seq(&mut self) -> i64 {
        self.last_seq += 1;
        self.last_seq
    }

    /// Commits everything at once; returns the last number of the feed.
    pub async fn commit(self) -> Result<u64, StorageError> {
        if self.last_seq != self.stored_seq {
            catalogue_feed::Entity::update_many()
                .col_expr(catalogue_feed::Column::LastSeq, Expr::value(self.last_seq))
                .filter(catalogue_feed::Column::Id.eq(catalogue_feed::ONLY))
                .exec(&self.transaction)
                .await?;
        }
        self.db.commit(self.transaction).await?;
        Ok(self.last_seq.cast_unsigned())
    }
}

/// `BEGIN IMMEDIATE` on SQLite, where a transaction that begins as a reader cannot wait for its turn to write.
pub fn writing(backend: DbBackend) -> TransactionOptions {
    match backend {
        DbBackend::Sqlite => TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        },
        _ => {
            TransactionOptions { isolation_level: Some(IsolationLevel::ReadCommitted), ..TransactionOptions::default() }
        }
    }
}

/// A transaction with the same snapshot for all statements.
pub async fn begin_snapshot(db: &Database) -> Result<DatabaseTransaction, DbErr> {
    let options = match db.get_database_backend() {
        // every transaction of SQLite is a snapshot
        DbBackend::Sqlite => TransactionOptions::default(),
        _ => TransactionOptions {
            isolation_level: Some(IsolationLevel::RepeatableRead),
            access_mode: Some(AccessMode::ReadOnly),
            ..TransactionOptions::default()
        },
    };
    db.begin_read(options).await
}
