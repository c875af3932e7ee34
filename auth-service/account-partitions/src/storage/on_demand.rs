//! Partitions created when a row needs them, so that no sign-up or sign-in fails because maintenance did not run.

use chrono::{DateTime, Utc};
use sea_orm::{DatabaseTransaction, DbErr};
use service_kit::database::DatabaseError;

use super::account_partitions::AccountPartitions;
use super::leaves::LeafDefinition;
use super::tables::Partitioned;
use crate::domain::{Cell, Month};

impl AccountPartitions {
    /// Creates missing partitions: one for each cell, and for months from `now` on as far ahead as the policy requires.
    /// Returns the number of created ones.
    ///
    /// # Errors
    /// When the database is unavailable, or a lock could not be acquired; partitions created before stay.
    pub async fn ensure_leaves(&self, now: DateTime<Utc>) -> Result<u32, DatabaseError> {
        let mut created = 0;
        if self.is_embedded() {
            return Ok(created);
        }
        for cell in self.list_cells().await?.into_keys() {
            created += u32::from(self.create_cell(cell).await?);
        }
        for month in self.policy().window(now) {
            created += u32::from(self.create_month(month).await?);
        }
        Ok(created)
    }

    async fn create_cell(&self, cell: Cell) -> Result<bool, DatabaseError> {
        LeafDefinition::of_cell(Partitioned::Users.name(), cell).ensure(&self.db).await
    }

    async fn create_month(&self, month: Month) -> Result<bool, DatabaseError> {
        LeafDefinition::of_month(Partitioned::SignIns.name(), month).ensure(&self.db).await
    }

    /// Runs a write transaction that may insert an account into `cell`; when the cell has no partition, creates it and
    /// runs the transaction again.
    ///
    /// # Errors
    /// Those of `work`, and when the database is unavailable.
    pub async fn write_in_cell<T>(
        &self,
        cell: Cell,
        work: impl AsyncFn(&DatabaseTransaction) -> Result<T, DbErr>,
    ) -> Result<T, DatabaseError> {
        let outcome = self.transactions.write(&work).await;
        match &outcome {
            Err(error) if error.is_missing_partition() => {
                tracing::warn!(%cell, "accounts of this cell had no partition; it is made now");
                self.create_cell(cell).await?;
                self.transactions.write(&work).await
            }
            _ => outcome,
        }
    }

    /// The same for a history entry at time `at` and its month.
    ///
    /// # Errors
    /// Those of `work`, and when the database is unavailable.
    pub async fn write_in_month<T>(
        &self,
        at: DateTime<Utc>,
        work: impl AsyncFn(&DatabaseTransaction) -> Result<T, DbErr>,
    ) -> Result<T, DatabaseError> {
        let outcome = self.transactions.write(&work).await;
        if self.create_missing_month(&outcome, at).await? { self.transactions.write(&work).await } else { outcome }
    }

    /// Creates the missing partition of a month if `outcome`, of writing a history entry at time `at`, failed for that.
    /// `true` when the entry should be written again.
    ///
    /// # Errors
    /// When the database is unavailable, or a lock could not be acquired.
    pub async fn create_missing_month<T>(
        &self,
        outcome: &Result<T, DatabaseError>,
        at: DateTime<Utc>,
    ) -> Result<bool, DatabaseError> {
        match (outcome, Month::of(at)) {
            (Err(error), Some(month)) if error.is_missing_partition() => {
                tracing::warn!(%month, "sign-ins of this month had no partition; it is made now");
                self.create_month(month).await.map(|_| true)
            }
            _ => Ok(false),
        }
    }
}
