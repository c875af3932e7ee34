//! Finding out whether a database that refused writes takes them again: by a write.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, SqliteTransactionMode, Statement, TransactionOptions};

use super::{Database, io_error, moved};

/// Pause between looks while all is well, and before the first try to write.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause between tries: a disk that fails is not worn by them.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

impl Database {
    /// Looks after a database for as long as it is polled: notices a file that was moved away, and while writes are refused
    /// tries one from time to time. `postgres` is a statement that changes a row and means nothing.
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
                        pause = (pause * 2).min(LONGEST_PAUSE);
                    }
                }
                continue;
            }
            pause = FIRST_PAUSE;
        }
    }

    /// Makes one small write, and makes it durable.
    ///
    /// # Errors
    /// When it could not be made.
    pub async fn probe_write(&self, postgres: &str) -> Result<(), DbErr> {
        let probe = async {
            let immediate = self.is_embedded().then_some(SqliteTransactionMode::Immediate);
            let options = TransactionOptions { sqlite_transaction_mode: immediate, ..TransactionOptions::default() };
            let transaction = self.begin_write(options).await?;
            if self.is_embedded() {
                // A number in the header of the file that is the application's own: one page is written. An UPDATE that
                // changes nothing would write none.
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
