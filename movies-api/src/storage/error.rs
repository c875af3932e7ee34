//! What can go wrong between the catalogue and its database.

use sea_orm::{DbErr, RuntimeErr, sqlx};

/// A failure of the catalogue's storage.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The database cannot be reached, is shutting down, is read-only or has no room. Trying again later may help.
    #[error("the catalogue database is not available")]
    Unavailable(#[source] DbErr),
    /// The database refused a statement: a bug of ours, or tables that somebody has changed.
    #[error("the catalogue database refused a statement")]
    Refused(#[source] DbErr),
    /// A row holds what this program never writes.
    #[error("table {table} holds a value that this version cannot read")]
    Unreadable {
        /// The table.
        table: &'static str,
        /// What could not be read.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Another process has moved the checkpoint of the same import.
    #[error("another import of the same source is under way")]
    Overtaken,
}

impl StorageError {
    /// Whether the same call may work in a moment: the API answers 503, not 500.
    pub const fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }

    pub(super) fn unreadable(table: &'static str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Unreadable { table, source: source.into() }
    }
}

impl From<DbErr> for StorageError {
    fn from(error: DbErr) -> Self {
        if is_unavailable(&error) { Self::Unavailable(error) } else { Self::Refused(error) }
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
            sqlx::Error::Database(database) => database.code().is_some_and(|code| code_says_unavailable(&code)),
            _ => false,
        },
        _ => false,
    }
}

/// Reads SQLSTATE (PostgreSQL, five characters; table in its manual, appendix A) and SQLite's extended result codes
/// (a number whose low byte is the primary code, <https://www.sqlite.org/rescode.html>).
fn code_says_unavailable(code: &str) -> bool {
    if let (1..=4, Ok(number)) = (code.len(), code.parse::<u32>()) {
        // busy, locked, no memory, read-only, interrupted, I/O error, full, cannot open
        return matches!(number & 0xff, 5..=10 | 13 | 14);
    }
    // connection lost; no resources; shutting down; server-side timeouts and lost races; read-only server
    ["08", "53", "57P", "57014", "40", "55P03", "25006", "58030"].iter().any(|class| code.starts_with(class))
}

/// Whether another writer was in the way, so that the same transaction may be tried again at once.
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
    use super::code_says_unavailable;

    #[test]
    fn codes_are_told_apart_by_database() {
        for code in [
            "5", "261", "517", "7", "8", "9", "10", "13", "14", "57014", "08006", "57P01", "57P03", "53300", "40001",
            "25006",
        ] {
            assert!(code_says_unavailable(code), "{code}");
        }
        for code in ["1", "19", "2067", "1555", "23505", "42P01", "22021"] {
            assert!(!code_says_unavailable(code), "{code}");
        }
    }
}
