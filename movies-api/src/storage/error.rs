//! Errors of the catalogue's database.

use sea_orm::DbErr;
use service_kit::database::DatabaseError;
use service_kit::telemetry::outcome::ClassifyError;

/// A failure of the catalogue's storage.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// A statement failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// A row holds a value that this program never writes.
    #[error("table {table} holds a value that this version cannot read")]
    Unreadable {
        /// The table.
        table: &'static str,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Another process has moved the checkpoint of the same import.
    #[error("another import of the same source is under way")]
    ConcurrentImport,
}

/// Errors of a write of one film.
#[derive(Debug, thiserror::Error)]
pub enum WriteFilmError {
    /// No such film, or it was deleted.
    #[error("there is no such film")]
    NotFound,
    /// The film has changed since the editor read it.
    #[error("the film has changed since version {expected}")]
    Conflict {
        /// The version that the editor has read.
        expected: u64,
        /// The version of the film now.
        current: u64,
    },
    /// The database failed.
    #[error("the film could not be written")]
    Storage(#[from] StorageError),
}

impl From<DbErr> for WriteFilmError {
    fn from(error: DbErr) -> Self {
        Self::Storage(error.into())
    }
}

impl ClassifyError for WriteFilmError {
    fn is_failure(&self) -> bool {
        matches!(self, Self::Storage(_))
    }
}

impl StorageError {
    /// `true` when a retry may succeed soon: the API responds with 503, not 500.
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Database(error) if error.is_unavailable())
    }

    pub(super) fn unreadable(table: &'static str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Unreadable { table, source: source.into() }
    }
}

impl From<DbErr> for StorageError {
    fn from(error: DbErr) -> Self {
        Self::Database(error.into())
    }
}
