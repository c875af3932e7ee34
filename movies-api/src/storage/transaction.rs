//! Transactions of the catalogue: writers one after another, readers with a snapshot.

use sea_orm::sea_query::Expr;
use sea_orm::{
    AccessMode, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait, IsolationLevel,
    QueryFilter, TransactionOptions,
};
use service_kit::database::{Database, Transactions, WriteRetries, WriteTransaction};

use super::StorageError;
use super::entities::catalogue_feed;

/// A writing transaction that holds the head of the change feed.
///
/// The lock on that one row keeps the feed in the order of commits: the next writer gets its numbers only when this one
/// has committed (and is visible) or rolled back. Nothing else in the catalogue needs a lock, so writers cannot
/// deadlock, and every look-up before an insert is free of races.
pub struct CatalogueWrite {
    transaction: WriteTransaction,
    stored_seq: i64,
    last_seq: i64,
}

impl CatalogueWrite {
    /// Waits for this writer's turn.
    pub async fn begin(transactions: &Transactions) -> Result<Self, StorageError> {
        let mut retries = WriteRetries::default();
        loop {
            match Self::try_begin(transactions).await {
                Ok(write) => return Ok(write),
                Err(error) => retries.pause_after(error).await?,
            }
        }
    }

    async fn try_begin(transactions: &Transactions) -> Result<Self, DbErr> {
        let transaction = transactions.begin().await?;
        let connection = transaction.connection();
        if connection.get_database_backend() == DbBackend::Postgres {
            // Pools of this project plan each statement for its values, which suits partitions. Foreign keys are
            // checked by statements, too, and planning those for each row doubles the time of an import.
            let settings = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; SET LOCAL plan_cache_mode = 'auto'";
            connection.execute_unprepared(settings).await?;
        }
        let head = catalogue_feed::Entity::update_many()
            .col_expr(catalogue_feed::Column::LastSeq, Expr::col(catalogue_feed::Column::LastSeq))
            .filter(catalogue_feed::Column::Id.eq(catalogue_feed::ONLY))
            .exec_with_returning(connection)
            .await?;
        let [head] = head.as_slice() else {
            return Err(DbErr::RecordNotFound("the row of catalogue_feed".to_owned()));
        };
        Ok(Self { stored_seq: head.last_seq, last_seq: head.last_seq, transaction })
    }

    /// Connection for statements.
    pub const fn connection(&self) -> &DatabaseTransaction {
        self.transaction.connection()
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
                .exec(self.connection())
                .await?;
        }
        self.transaction.commit().await?;
        Ok(self.last_seq.cast_unsigned())
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
