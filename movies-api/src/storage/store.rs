//! The store itself: connections, migrations, and queries of a single statement.

use contracts::Translated;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use service_kit::database::{self, Bounds, Database, Transactions};

use super::entities::{catalogue_feed, films, genres};
use super::{StorageError, WriteFilmError, migrations};
use crate::domain::film::GenreNames;

/// Lock number of this service's migrations in PostgreSQL ("movies" in ASCII).
const MIGRATION_LOCK: i64 = 0x6d6f_7669_6573;

/// Films, persons, genres and their change feed in SQL. A clone is one more handle to the same pool.
#[derive(Debug, Clone)]
pub struct CatalogueStore {
    pub(super) db: Database,
    pub(super) transactions: Transactions,
}

impl CatalogueStore {
    /// Opens a pool of at most `max_connections` to `sqlite://…` or `postgres://…`, with the time limits of batch work.
    ///
    /// # Errors
    /// When there is no SQLite file that can be used.
    pub async fn connect(url: &str, max_connections: u32) -> Result<Self, StorageError> {
        Ok(Self::new(database::connect(url, max_connections, Bounds::BATCH).await?))
    }

    /// The same with the time limits of requests, and without checking that the database is usable now.
    ///
    /// # Errors
    /// When there is no SQLite file and none can be made.
    pub async fn open(url: &str, max_connections: u32) -> Result<Self, StorageError> {
        Ok(Self::new(Database::open(url, max_connections, Bounds::REQUESTS).await?.named("films")))
    }

    /// The content of an SQLite file on a full or read-only disk. `None` on PostgreSQL.
    ///
    /// # Errors
    /// When nothing can be read.
    pub async fn open_read_only(url: &str) -> Result<Option<Self>, StorageError> {
        Ok(Database::open_read_only(url).await?.map(Self::new))
    }

    /// Uses an open pool.
    pub fn new(db: impl Into<Database>) -> Self {
        Self::of(Transactions::new(db))
    }

    fn of(transactions: Transactions) -> Self {
        Self { db: transactions.database().clone(), transactions }
    }

    /// `true` when the last write succeeded, and the next one would go to the file that was opened.
    pub fn is_writable(&self) -> bool {
        self.db.is_writable()
    }

    /// Probes writes while they fail, until it is dropped.
    pub async fn keep_probing_writes(self) {
        self.db.keep_probing_writes("UPDATE catalogue_feed SET last_seq = last_seq").await;
    }

    /// Runs a write of a request within its time limits, and records a failure when the database is unavailable.
    pub(super) async fn write<T>(
        &self,
        work: impl Future<Output = Result<T, WriteFilmError>>,
    ) -> Result<T, WriteFilmError> {
        self.db.transaction(work).await.inspect_err(|error| {
            if let WriteFilmError::Storage(StorageError::Database(error)) = error {
                self.transactions.record_failure(error);
            }
        })
    }

    /// The same pool with the time limits of batch work.
    #[must_use]
    pub fn with_batch_bounds(&self) -> Self {
        Self::of(self.transactions.with_bounds(Bounds::BATCH))
    }

    /// Migrates the tables to the current version. Replicas that start together take turns; later ones find the work
    /// done.
    ///
    /// # Errors
    /// When the database cannot be reached or does not let this user create tables.
    pub async fn migrate(&self) -> Result<(), StorageError> {
        Ok(self.transactions.with_bounds(Bounds::BATCH).write(migrate).await?)
    }

    /// `true` when no film has ever been added: a catalogue of deleted films only is not empty.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn is_empty(&self) -> Result<bool, StorageError> {
        let any = films::Entity::find()
            .select_only()
            .column(films::Column::Seq)
            .limit(1)
            .into_tuple::<i64>()
            .one(&self.db)
            .await?;
        Ok(any.is_none())
    }

    /// Last number of the change feed; 0 before the first film.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn last_seq(&self) -> Result<u64, StorageError> {
        last_seq(&self.db).await
    }

    /// All genres that films have had, by slug.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn genres(&self) -> Result<Vec<GenreNames>, StorageError> {
        let rows = genres::Entity::find().order_by_asc(genres::Column::Slug).all(&self.db).await?;
        Ok(rows
            .into_iter()
            .map(|row| GenreNames { slug: row.slug, name: Translated { en: row.name, ru: row.name_ru } })
            .collect())
    }

    /// Number of films, without tombstones.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn count(&self) -> Result<u64, StorageError> {
        Ok(films::Entity::find().filter(films::Column::DeletedAt.is_null()).count(&self.db).await?)
    }
}

pub(super) async fn last_seq(db: &impl ConnectionTrait) -> Result<u64, StorageError> {
    let row = catalogue_feed::Entity::find_by_id(catalogue_feed::ONLY).one(db).await?;
    Ok(row.map_or(0, |row| row.last_seq.cast_unsigned()))
}

async fn migrate(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    if tx.get_database_backend() == DbBackend::Postgres {
        // The wait for another replica, and a step, may exceed the time limits of requests.
        let limits = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '60s'";
        tx.execute_unprepared(&format!("{limits}; SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")).await?;
    }
    migrations::run(tx).await
}
