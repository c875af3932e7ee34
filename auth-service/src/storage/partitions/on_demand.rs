//! Partitions created when a row needs them, so that no sign-up or sign-in fails because maintenance did not run.

use chrono::{DateTime, Utc};

use super::leaves::Leaf;
use super::tables::Partitioned;
use crate::domain::{Cell, Month};
use crate::storage::error::StorageError;
use crate::storage::store::Store;

impl Store {
    /// Creates missing partitions: one for each cell, and for months from `now` on as far ahead as the policy requires.
    /// Returns the number of created ones.
    ///
    /// # Errors
    /// When the database is unavailable, or a lock could not be acquired; partitions created before stay.
    pub async fn ensure_leaves(&self, now: DateTime<Utc>) -> Result<u32, StorageError> {
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

    async fn create_cell(&self, cell: Cell) -> Result<bool, StorageError> {
        Leaf::of_cell(Partitioned::Users.name(), cell).ensure(&self.db).await
    }

    async fn create_month(&self, month: Month) -> Result<bool, StorageError> {
        Leaf::of_month(Partitioned::SignIns.name(), month).ensure(&self.db).await
    }

    /// Creates the missing partition of a month if `outcome`, of writing a history entry at time `at`, failed for that.
    /// `true` when the entry should be written again.
    pub(in crate::storage) async fn create_missing_month<T>(
        &self,
        outcome: &Result<T, StorageError>,
        at: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        match (outcome, Month::of(at)) {
            (Err(error), Some(month)) if error.is_missing_partition() => {
                tracing::warn!(%month, "sign-ins of this month had no partition; it is made now");
                self.create_month(month).await.map(|_| true)
            }
            _ => Ok(false),
        }
    }

    /// The same for an account and its cell.
    pub(in crate::storage) async fn create_missing_cell<T>(
        &self,
        outcome: &Result<T, StorageError>,
        cell: Cell,
    ) -> Result<bool, StorageError> {
        match outcome {
            Err(error) if error.is_missing_partition() => {
                tracing::warn!(%cell, "accounts of this cell had no partition; it is made now");
                self.create_cell(cell).await.map(|_| true)
            }
            _ => Ok(false),
        }
    }
}
