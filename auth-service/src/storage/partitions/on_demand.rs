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
        let mut made = 0;
        if self.is_embedded() {
            return Ok(made);
        }
        for cell in self.list_cells().await?.into_keys() {
            made += u32::from(self.make_cell(cell).await?);
        }
        for month in self.policy().window(now) {
            made += u32::from(self.make_month(month).await?);
        }
        Ok(made)
    }

    async fn make_cell(&self, cell: Cell) -> Result<bool, StorageError> {
        Leaf::of_cell(Partitioned::Users.name(), cell).ensure(&self.db).await
    }

    async fn make_month(&self, month: Month) -> Result<bool, StorageError> {
        Leaf::of_month(Partitioned::SignIns.name(), month).ensure(&self.db).await
    }

    /// Creates the missing partition of a month if `outcome`, of writing a history entry at time `at`, failed for that.
    /// `true` when the entry should be written again.
    pub(in crate::storage) async fn made_month<T>(
        &self,
        outcome: &Result<T, StorageError>,
        at: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        match (outcome, Month::of(at)) {
            (Err(error), Some(month)) if error.is_missing_partition() => {
                tracing::warn!(%month, "sign-ins of this month had no partition; it is made now");
                self.make_month(month).await.map(|_| true)
            }
            _ => Ok(false),
        }
    }

    /// The same for an account and its cell.
    pub(in crate::storage) async fn made_cell<T>(
        &self,
        outcome: &Result<T, StorageError>,
        cell: Cell,
    ) -> Result<bool, StorageError> {
        match outcome {
            Err(error) if error.is_missing_partition() => {
                tracing::warn!(%cell, "accounts of this cell had no partition; it is made now");
                self.make_cell(cell).await.map(|_| true)
            }
            _ => Ok(false),
        }
    }
}
