//! Errors of SQL, classified by the caller's possible reaction.

use std::borrow::Cow;
use std::time::Duration;

use contracts::codes;
use sea_orm::{DbErr, RuntimeErr, sqlx};

use crate::base::error::ApiError;

/// `Retry-After` while the database is unavailable or overloaded.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// A statement, or the way to the database, failed.
#[derive(Debug, thiserror::Error)]
#[error("the database did not answer as it should")]
pub struct DatabaseError(#[from] DbErr);

impl DatabaseError {
    /// `true` when the database is unavailable or overloaded, so that the same request may succeed later.
    pub fn is_unavailable(&self) -> bool {
        match &self.0 {
            DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => true,
            DbErr::Exec(RuntimeErr::SqlxError(source)) | DbErr::Query(RuntimeErr::SqlxError(source)) => {
                is_connection_error(source) || code(source).is_some_and(|code| is_unavailable_code(&code))
            }
            _ => false,
        }
    }

    /// `true` when PostgreSQL has no partition for a row: 23514, check_violation. Checks on columns have the same code,
    /// but there are none here.
    pub fn is_missing_partition(&self) -> bool {
        statement_code(&self.0).is_some_and(|code| code == "23514")
    }

    /// `true` for a lock timeout (55P03), a deadlock (40P01) or a cancelled statement (57014).
    pub fn is_lock_timeout(&self) -> bool {
        statement_code(&self.0).is_some_and(|code| matches!(code.as_ref(), "55P03" | "40P01" | "57014"))
    }
}

impl From<DatabaseError> for ApiError {
    fn from(error: DatabaseError) -> Self {
        if error.is_unavailable() {
            Self::new(codes::UNAVAILABLE).retry_after(RETRY_AFTER).source(error)
        } else {
            Self::internal(error)
        }
    }
}

/// `true` when the transaction conflicted with another writer and should run again.
pub fn is_write_conflict(error: &DbErr) -> bool {
    let DbErr::Conn(RuntimeErr::SqlxError(source)) = error else {
        return statement_code(error).is_some_and(|code| is_write_conflict_code(&code));
    };
    code(source).is_some_and(|code| is_write_conflict_code(&code))
}

/// `true` when PostgreSQL could not change a table because it is in use or was changed concurrently, so that the next
/// run should try again: conflicts of writers, a cancelled statement (57014), an object in another state (55000, 55006)
/// or a missing one (42P01).
pub fn is_ddl_conflict(error: &DbErr) -> bool {
    statement_code(error).is_some_and(|code| {
        is_write_conflict_code(&code) || matches!(code.as_ref(), "57014" | "55000" | "55006" | "42P01")
    })
}

/// `true` when SQLite could not write because the file, or the connection to it, is read-only.
pub(super) fn is_read_only(error: &DbErr) -> bool {
    let code = match error {
        DbErr::Conn(RuntimeErr::SqlxError(source)) => code(source),
        _ => statement_code(error),
    };
    code.and_then(|code| sqlite_code(&code)) == Some(8)
}

/// `true` when another connection holds SQLite's lock, or restores the write-ahead log (SQLITE_BUSY_RECOVERY).
pub(super) fn is_busy(error: &sqlx::Error) -> bool {
    code(error).and_then(|code| sqlite_code(&code)) == Some(5)
}

/// Code of a statement that the database rejected.
fn statement_code(error: &DbErr) -> Option<Cow<'_, str>> {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(source)) | DbErr::Query(RuntimeErr::SqlxError(source)) => code(source),
        _ => None,
    }
}

/// SQLSTATE of PostgreSQL (five characters; its manual, appendix A), or an extended result code of SQLite (a number).
fn code(error: &sqlx::Error) -> Option<Cow<'_, str>> {
    error.as_database_error().and_then(|database| database.code())
}

/// The primary code of SQLite: the low byte (<https://sqlite.org/rescode.html>). `None` for SQLSTATE.
fn sqlite_code(code: &str) -> Option<u32> {
    if code.len() < 5 { code.parse::<u32>().ok().map(|number| number & 0xff) } else { None }
}

/// PostgreSQL: serialization failure, deadlock and lock_timeout. SQLite: BUSY and LOCKED.
fn is_write_conflict_code(code: &str) -> bool {
    matches!(code, "40001" | "40P01" | "55P03") || matches!(sqlite_code(code), Some(5 | 6))
}

/// PostgreSQL: the connection is lost (class 08), the server is full (53), starting or stopping (57P), read-only
/// (25006), has an I/O error (58030) or is out of time (57014, 55P03), or another writer won (40). SQLite: BUSY, LOCKED,
/// NOMEM, READONLY, INTERRUPT, IOERR, FULL and CANTOPEN.
fn is_unavailable_code(code: &str) -> bool {
    match sqlite_code(code) {
        Some(number) => matches!(number, 5..=10 | 13 | 14),
        None => {
            let classes = ["08", "53", "57P", "57014", "40", "55P03", "25006", "58030"];
            code.len() == 5 && classes.iter().any(|class| code.starts_with(class))
        }
    }
}

/// `true` when the statement did not reach the database, or its answer did not come back whole.
fn is_connection_error(error: &sqlx::Error) -> bool {
    matches!(
        error,
        sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
    )
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn codes_are_classified_by_database() {
        for code in [
            "5", "261", "517", "7", "8", "9", "10", "13", "14", "57014", "08006", "57P01", "57P03", "53300", "40001",
            "40003", "55P03", "25006", "58030",
        ] {
            assert!(is_unavailable_code(code), "{code}");
        }
        for code in ["1", "19", "2067", "1555", "23505", "42P01", "22021"] {
            assert!(!is_unavailable_code(code), "{code}");
        }
    }

    #[test]
    fn a_transaction_runs_again_after_conflicts_only() {
        for code in ["5", "261", "517", "6", "40001", "40P01", "55P03"] {
            assert!(is_write_conflict_code(code), "{code}");
        }
        for code in ["8", "13", "57014", "40003", "08006", "23505"] {
            assert!(!is_write_conflict_code(code), "{code}");
        }
    }

    #[test]
    fn a_lost_connection_is_no_bug_and_an_unknown_column_is_one() {
        let failed = |error: sqlx::Error| DatabaseError::from(DbErr::Query(RuntimeErr::SqlxError(error.into())));
        assert!(failed(sqlx::Error::Io(io::ErrorKind::BrokenPipe.into())).is_unavailable());
        assert!(failed(sqlx::Error::Protocol("an answer that was cut".to_owned())).is_unavailable());
        assert!(!failed(sqlx::Error::ColumnNotFound("name".to_owned())).is_unavailable());
    }
}
