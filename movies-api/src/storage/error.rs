//! Errors of the catalogue's database.

use sea_orm::{DbErr, RuntimeErr, sqlx};
use service_kit::telemetry::outcome::ClassifyError;

/// A failure of the catalogue's storage.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The database is unreachable, shutting down, read-only or full. A retry may succeed.
    #[error("the catalogue database is not available")]
    Unavailable(#[source] DbErr),
    /// The database rejected a statement: a bug, or tables that were changed from outside.
    #[error("the catalogue database refused a statement")]
    Rejected(#[source] DbErr),
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
    pub const fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }

    pub(super) fn unreadable(table: &'static str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Unreadable { table, source: source.into() }
    }
}

impl From<DbErr> for StorageError {
    fn from(error: DbErr) -> Self {
        if is_unavailable(&error) { Self::Unavailable(error) } else { Self::Rejected(error) }
    }
}

fn is_unavailable(error: &DbErr) -> bool {
    match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => true,
        DbErr::Exec(RuntimeErr::SqlxError(source)) | DbErr::Query(RuntimeErr::SqlxError(source)) => match &**source {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => true,
            sqlx::Error::Database(database) => database.code().is_some_and(|code| is_unavailable_code(&code)),
            _ => false,
        },
        _ => false,
    }
}

/// Classifies SQLSTATE (PostgreSQL, five characters; table in its manual, appendix A) and SQLite's extended result
/// codes (a number with the primary code in its low byte, <https://www.sqlite.org/rescode.html>).
fn is_unavailable_code(code: &str) -> bool {
    if let (1..=4, Ok(number)) = (code.len(), code.parse::<u32>()) {
        // busy, locked, no memory, read-only, interrupted, I/O error, full, cannot open
        return matches!(number & 0xff, 5..=10 | 13 | 14);
    }
    // connection lost; no resources; shutting down; server-side timeouts and lost races; read-only server
    ["08", "53", "57P", "57014", "40", "55P03", "25006", "58030"].iter().any(|class| code.starts_with(class))
}

/// `true` when another writer was in the way, so that the same transaction may be retried at once.
pub(super) fn is_contention(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(source)) | DbErr::Query(RuntimeErr::SqlxError(source))) = error else {
        return false;
    };
    let sqlx::Error::Database(database) = &**source else { return false };
    let Some(code) = database.code() else { return false };
    match (code.len(), code.parse::<u32>()) {
        (1..=4, Ok(number)) => matches!(number & 0xff, 5 | 6),
        _ => matches!(code.as_ref(), "40001" | "40P01" | "55P03"),
    }
}

#[cfg(test)]
mod tests {
    use super::is_unavailable_code;

    #[test]
    fn codes_are_classified_by_database() {
        for code in [
            "5", "261", "517", "7", "8", "9", "10", "13", "14", "57014", "08006", "57P01", "57P03", "53300", "40001",
            "25006",
        ] {
            assert!(is_unavailable_code(code), "{code}");
        }
        for code in ["1", "19", "2067", "1555", "23505", "42P01", "22021"] {
            assert!(!is_unavailable_code(code), "{code}");
        }
    }
}
