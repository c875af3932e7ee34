//! Failures of SQL.

use account_partitions::DatabaseError;
use sea_orm::DbErr;

/// A statement failed.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct StorageError(#[from] DatabaseError);

impl StorageError {
    /// `true` when the database is unavailable or overloaded, so that the same request may succeed later.
    pub fn is_unavailable(&self) -> bool {
        self.0.is_unavailable()
    }
}

impl From<DbErr> for StorageError {
    fn from(error: DbErr) -> Self {
        Self(error.into())
    }
}
