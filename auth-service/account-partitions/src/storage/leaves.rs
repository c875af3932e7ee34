//! Creating a leaf while others read and write: created separately, then attached, which blocks no one. `CREATE TABLE …
//! PARTITION OF` would wait for the slowest reader and block every writer behind it.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, Statement, TransactionOptions};
use service_kit::database::{Database, DatabaseError, is_write_conflict};

use super::conversion::COPY_SUFFIX;
use crate::domain::{Cell, Month};

/// "partitio" as a number: processes that create the same leaf serialise here, not at the catalogue.
pub const LEAF_LOCK: i64 = 0x7061_7274_6974_696f;
/// Lock timeout of an attachment.
const LOCK_TIMEOUT: &str = "200ms";
/// Maximum number of attempts.
const MAX_ATTEMPTS: u32 = 20;
/// Pause between attempts.
const PAUSE: Duration = Duration::from_millis(50);

/// Definition of a partition that may or may not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeafDefinition {
    /// The partitioned table.
    parent: String,
    /// The partition's own name.
    name: String,
    /// The constraint on all its rows.
    check: String,
    /// The same as a partition bound.
    bound: String,
}

impl LeafDefinition {
    /// The partition of accounts in `cell`, of the table `parent`.
    pub fn of_cell(parent: &str, cell: Cell) -> Self {
        Self {
            parent: parent.into(),
            name: format!("{parent}_c{:03}", cell.number()),
            check: format!("cell = {cell}"),
            bound: format!("IN ({cell})"),
        }
    }

    /// The partition of sign-ins in `month`, of the table `parent`.
    pub fn of_month(parent: &str, month: Month) -> Self {
        let (from, to) = (month.start().to_rfc3339(), month.end().to_rfc3339());
        Self {
            parent: parent.into(),
            name: format!("{parent}_{month}"),
            check: format!("at >= '{from}' AND at < '{to}'"),
            bound: format!("FROM ('{from}') TO ('{to}')"),
        }
    }

    /// Creates it unless it exists or `parent` is not partitioned, in one transaction that leaves nothing behind when
    /// it is interrupted. During a conversion of a plain table it is attached to the copy, which receives every row as
    /// well. `true` when it was created.
    ///
    /// # Errors
    /// When the database is unavailable, or the locks could not be acquired within about 5 s.
    pub async fn ensure(&self, db: &Database) -> Result<bool, DatabaseError> {
        for attempt in 1.. {
            match self.ensure_once(db).await {
                Err(error) if attempt < MAX_ATTEMPTS && is_write_conflict(&error) => tokio::time::sleep(PAUSE).await,
                outcome => return Ok(outcome?),
            }
        }
        unreachable!("the last attempt returns")
    }

    async fn ensure_once(&self, db: &Database) -> Result<bool, DbErr> {
        if db.get_database_backend() != DbBackend::Postgres || self.missing_parent(db).await?.is_none() {
            return Ok(false);
        }
        let tx = db.begin_write(TransactionOptions::default()).await?;
        let lock = format!("SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'; SELECT pg_advisory_xact_lock({LEAF_LOCK})");
        tx.execute_unprepared(&lock).await?;
        let parent = self.missing_parent(&tx).await?; // again: it may have been created during the wait
        if let Some(parent) = &parent {
            self.attach_new(&tx, parent).await?;
        }
        db.commit(tx).await?;
        Ok(parent.is_some())
    }

    /// Its table, or the copy that is to replace it, if that is partitioned and there is no table of the leaf's name.
    /// An unattached one was detached and is about to be dropped.
    async fn missing_parent(&self, db: &impl ConnectionTrait) -> Result<Option<String>, DbErr> {
        let sql = "SELECT relname::text FROM pg_partitioned_table JOIN pg_class ON pg_class.oid = partrelid \
                   WHERE partrelid IN (to_regclass($1), to_regclass($2)) AND to_regclass($3) IS NULL LIMIT 1";
        let copy = format!("{}{COPY_SUFFIX}", self.parent);
        let values = [self.parent.as_str().into(), copy.into(), self.name.as_str().into()];
        let row = db.query_one_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, values)).await?;
        row.map(|row| row.try_get_by_index(0)).transpose()
    }

    /// The constraint lets PostgreSQL skip the scan of the new leaf; afterwards the bound implies it.
    async fn attach_new(&self, tx: &DatabaseTransaction, parent: &str) -> Result<(), DbErr> {
        let Self { name, check, bound, .. } = self;
        let sql = format!(
            "CREATE TABLE {name} (LIKE {parent} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE);\n\
             ALTER TABLE {name} ADD CONSTRAINT {name}_bound CHECK ({check});\n\
             ALTER TABLE {parent} ATTACH PARTITION {name} FOR VALUES {bound};\n\
             ALTER TABLE {name} DROP CONSTRAINT {name}_bound"
        );
        tx.execute_unprepared(&sql).await.map(drop)
    }
}
