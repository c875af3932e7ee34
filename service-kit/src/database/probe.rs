//! Probe of a database that refused writes: by writing.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, SqliteTransactionMode, Statement, TransactionOptions};

use super::{Database, io_error, moved};

/// Interval of checks in normal operation, and pause before the first probe.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// Maximum pause between probes, so that a failing disk is not worn.
const MAX_PAUSE: Duration = Duration::from_secs(30);

impl Database {
    /// Monitors a database for as long as it is polled: detects a moved file, and probes while writes are refused.
    /// `postgres` is a statement that rewrites a row without changing it.
    pub async fn keep_probing_writes(self, postgres: &'static str) {
        let mut pause = FIRST_PAUSE;
        loop {
            tokio::time::sleep(pause).await;
            if !self.is_in_place() {
                self.write_failed(&io_error(moved()));
            } else if self.writes.is_refused() {
                match self.probe_write(postgres).await {
                    Ok(()) => pause = FIRST_PAUSE,
                    Err(error) => {
                        tracing::debug!(%error, "the database still takes no writes");
                        pause = (pause * 2).min(MAX_PAUSE);
                    }
                }
                continue;
            }
            pause = FIRST_PAUSE;
        }
    }

    /// Makes one small durable write.
    ///
    /// # Errors
    /// When the write fails.
    pub async fn probe_write(&self, postgres: &str) -> Result<(), DbErr> {
        let probe = async {
            let immediate = self.is_embedded().then_some(SqliteTransactionMode::Immediate);
            let options = TransactionOptions { sqlite_transaction_mode: immediate, ..TransactionOptions::default() };
            let transaction = self.begin_write(options).await?;
            if self.is_embedded() {
                // An application-defined number in the file header: one page is written. An UPDATE without changes
                // would write none.
                let sql = Statement::from_string(DbBackend::Sqlite, "PRAGMA user_version");
                let row = transaction.query_one_raw(sql).await?;
                let version: i32 = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
                let next = version.wrapping_add(1) & i32::MAX;
                transaction.execute_unprepared(&format!("PRAGMA user_version = {next}")).await?;
            } else {
                transaction.execute_unprepared(postgres).await?;
            }
            self.commit(transaction).await
        };
        self.transaction(probe).await
    }
}
