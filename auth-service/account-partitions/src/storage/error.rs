//! Errors of SQL, classified by the caller's possible reaction.

use sea_orm::{DbErr, RuntimeErr, sqlx};

/// A statement on the account database failed.
#[derive(Debug, thiserror::Error)]
#[error("the account database did not answer as it should")]
pub struct DatabaseError(#[from] DbErr);

impl DatabaseError {
    /// `true` when PostgreSQL has no partition for a row: 23514, check_violation. Checks on columns have the same code,
    /// but there are none here.
    pub fn is_missing_partition(&self) -> bool {
        match &self.0 {
            DbErr::Exec(RuntimeErr::SqlxError(source)) | DbErr::Query(RuntimeErr::SqlxError(source)) => {
                source.as_database_error().and_then(|database| database.code()).is_some_and(|code| code == "23514")
            }
            _ => false,
        }
    }

    /// `true` for a lock timeout (55P03), a deadlock (40P01) or a cancelled statement (57014).
    pub fn is_lock_timeout(&self) -> bool {
        match &self.0 {
            DbErr::Exec(RuntimeErr::SqlxError(source)) | DbErr::Query(RuntimeErr::SqlxError(source)) => {
                let code = source.as_database_error().and_then(|database| database.code());
                code.is_some_and(|code| matches!(code.as_ref(), "55P03" | "40P01" | "57014"))
            }
            _ => false,
        }
    }

    /// `true` when the database is unavailable or overloaded, so that the same request may succeed later.
    pub fn is_unavailable(&self) -> bool {
        match &self.0 {
            DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => true,
            DbErr::Exec(RuntimeErr::SqlxError(source)) | DbErr::Query(RuntimeErr::SqlxError(source)) => {
                is_connection_error(source) || is_write_conflict(source)
            }
            _ => false,
        }
    }
}

/// `true` when the transaction conflicted with another writer and should run again.
pub(super) fn is_transient(error: &DbErr) -> bool {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(source))
        | DbErr::Query(RuntimeErr::SqlxError(source))
        | DbErr::Conn(RuntimeErr::SqlxError(source)) => is_write_conflict(source),
        _ => false,
    }
}

/// `true` when PostgreSQL could not change a table because it is in use or was changed concurrently, so that the next
/// run should try again: conflicts of writers, a cancelled statement (57014), an object in another state (55000, 55006)
/// or a missing one (42P01).
pub(super) fn is_ddl_conflict(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(source)) | DbErr::Query(RuntimeErr::SqlxError(source))) = error else {
        return false;
    };
    let code = source.as_database_error().and_then(|database| database.code());
    is_write_conflict(source) || code.is_some_and(|code| matches!(code.as_ref(), "57014" | "55000" | "55006" | "42P01"))
}

/// PostgreSQL: serialization failure, deadlock and lock_timeout (appendix A, classes 40 and 55). SQLite: BUSY and
/// LOCKED with all their extended forms, whose low byte is the primary code (<https://sqlite.org/rescode.html>).
fn is_write_conflict(error: &sqlx::Error) -> bool {
    let Some(code) = error.as_database_error().and_then(|database| database.code()) else { return false };
    match code.as_ref() {
        "40001" | "40P01" | "55P03" => true,
        number => number.parse::<u32>().is_ok_and(|n| number.len() < 5 && matches!(n & 0xff, 5 | 6)),
    }
}

/// The connection is lost, or the server is starting, stopping, full, read-only or out of time (classes 08, 53 and 57P;
/// 57014, 25006, 58030), or SQLite cannot reach, change or grow its file (NOMEM, READONLY, INTERRUPT, IOERR, FULL,
/// CANTOPEN).
fn is_connection_error(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => true,
        sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(database) => database.code().is_some_and(|code| {
            let classes = ["08", "53", "57P", "57014", "25006", "58030"];
            let server = classes.iter().any(|class| code.starts_with(class));
            let file = code.len() < 5 && code.parse::<u32>().is_ok_and(|n| matches!(n & 0xff, 7..=10 | 13 | 14));
            (code.len() == 5 && server) || file
        }),
        _ => false,
    }
}
