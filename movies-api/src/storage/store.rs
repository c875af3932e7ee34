//! The store itself: connecting, migrating, and the questions that need no more than one look.

use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, TransactionTrait,
};
use sea_orm_migration::MigratorTrait;

use super::StorageError;
use super::entities::{catalogue_feed, films, genres};
use super::migrations::Migrator;
use super::transaction::writing;
use crate::domain::film::GenreNames;

/// Lock number of this service's migrations in PostgreSQL ("movies" in ASCII).
const MIGRATION_LOCK: i64 = 0x6d6f_7669_6573;

/// Films, persons, genres and their change feed in SQL. A clone is one more handle to the same pool.
#[derive(Debug, Clone)]
pub struct CatalogueStore {
    pub(super) db: DatabaseConnection,
}

impl CatalogueStore {
    /// Opens a pool of at most `max_connections` to `sqlite://…` or `postgres://…`.
    ///
    /// # Errors
    /// [`StorageError::Unavailable`] when the database cannot be reached within 5 s.
    pub async fn connect(url: &str, max_connections: u32) -> Result<Self, StorageError> {
        Ok(Self::new(service_kit::database::connect(url, max_connections).await?))
    }

    /// Works on a pool that is open already.
    pub fn new(db: DatabaseConnection) -> Self {
        Self { db }
    }

    /// Brings the tables to the present shape. Replicas that start together take turns; whoever comes later finds the
    /// work done.
    ///
    /// # Errors
    /// When the database cannot be reached or does not let this user create tables.
    pub async fn migrate(&self) -> Result<(), StorageError> {
        let backend = self.db.get_database_backend();
        let transaction = self.db.begin_with_options(writing(backend)).await?;
        if backend == DbBackend::Postgres {
            transaction.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")).await?;
        }
        if !Migrator::is_done(&transaction).await? {
            Migrator::up(&transaction, None).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Whether no film has ever been here: a catalogue whose films were all deleted is not empty.
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
        Ok(rows.into_iter().map(|row| GenreNames { slug: row.slug, name: row.name, name_ru: row.name_ru }).collect())
    }

    /// How many films there are, tombstones left out.
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
