//! Expired sign-ins in the embedded database, which has no partitions: deleted in small batches, between which others
//! write.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use service_kit::database::{DatabaseError, stored_time};

use super::account_partitions::AccountPartitions;
use super::expiry::MaintenanceReport;

/// Sign-ins deleted per batch: blocks other writers for some milliseconds.
const BATCH: u32 = 500;
/// Maximum number of batches per run; the rest follows in the next hour.
const MAX_BATCHES: u32 = 400;
/// Maximum number of pages per run returned to the file system: 16 MiB of 4 KiB each.
const MAX_PAGES: u32 = 4096;
/// Pages per vacuum statement.
const PAGES_PER_STATEMENT: u32 = 256;

impl AccountPartitions {
    /// Deletes sign-ins of months that have expired at `now`, and returns some free pages. Does nothing on a server.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn delete_expired(&self, now: DateTime<Utc>) -> Result<MaintenanceReport, DatabaseError> {
        let mut report = MaintenanceReport::default();
        let (true, Some(first)) = (self.is_embedded(), self.policy().first_kept(now)) else { return Ok(report) };
        let (mut after, mut deleted) = (0, 0);
        for batch in 1..=MAX_BATCHES {
            let rows = self.next_expired(after, first.start()).await?;
            let Some(last) = rows.last() else { break };
            after = *last;
            deleted += self.delete_rows(&rows, first.start()).await?;
            if batch == MAX_BATCHES {
                report.left.push("there are more expired sign-ins than one run deletes".into());
            }
            tokio::task::yield_now().await;
        }
        if deleted > 0 {
            report.done.push(format!("deleted {deleted} sign-ins of months before {first}"));
            self.vacuum().await?;
        }
        Ok(report)
    }

    /// Number of expired sign-ins at `now`, capped at the maximum of one run.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn count_expired(&self, now: DateTime<Utc>) -> Result<u64, DatabaseError> {
        let (true, Some(first)) = (self.is_embedded(), self.policy().first_kept(now)) else { return Ok(0) };
        let limit = BATCH * MAX_BATCHES;
        let sql = format!("SELECT count(*) AS n FROM (SELECT 1 FROM sign_ins WHERE at < $1 LIMIT {limit})");
        let statement = Statement::from_sql_and_values(DbBackend::Sqlite, sql, [stored_time(first.start()).into()]);
        let row = self.db.query_one_raw(statement).await?;
        let count: i64 = row.map_or(Ok(0), |row| row.try_get("", "n"))?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// Scans the table once without blocking writers: each batch continues at the end of the previous one.
    async fn next_expired(&self, after: i64, before: DateTime<Utc>) -> Result<Vec<i64>, DatabaseError> {
        let sql = format!("SELECT rowid AS n FROM sign_ins WHERE rowid > $1 AND at < $2 ORDER BY rowid LIMIT {BATCH}");
        let values = [after.into(), stored_time(before).into()];
        let rows = self.db.query_all_raw(Statement::from_sql_and_values(DbBackend::Sqlite, sql, values)).await?;
        Ok(rows.iter().map(|row| row.try_get("", "n")).collect::<Result<_, _>>()?)
    }

    async fn delete_rows(&self, rows: &[i64], before: DateTime<Utc>) -> Result<u64, DatabaseError> {
        let _turn = self.transactions.write_turn().await;
        let list = rows.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
        // Checks the time again: a rowid may be reused after its row was deleted.
        let sql = format!("DELETE FROM sign_ins WHERE rowid IN ({list}) AND at < $1");
        let statement = Statement::from_sql_and_values(DbBackend::Sqlite, sql, [stored_time(before).into()]);
        Ok(self.db.execute_raw(statement).await?.rows_affected())
    }

    /// Returns free pages to the file system; a file created without `auto_vacuum` keeps them for later rows.
    async fn vacuum(&self) -> Result<(), DatabaseError> {
        for _ in 0..MAX_PAGES / PAGES_PER_STATEMENT {
            let _turn = self.transactions.write_turn().await;
            self.db.execute_unprepared(&format!("PRAGMA incremental_vacuum({PAGES_PER_STATEMENT})")).await?;
            tokio::task::yield_now().await;
        }
        Ok(())
    }
}
