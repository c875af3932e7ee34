//! Tables and data of this release.

use std::sync::Arc;

use accounts::RoleDefinitions;
use chrono::{DateTime, Utc};
use futures_util::FutureExt;
use sea_orm::DbErr;
use service_kit::database::{DatabaseError, WriteRetries};

use super::login_conversion::LoginConversion;
use super::migrations;
use super::store::Store;

impl Store {
    /// Creates or updates the tables, writes the roles of files and the built-in regions, creates the partitions
    /// required at `now`, and adds canonical forms to logins of earlier releases. Safe to run in several processes at once.
    ///
    /// # Errors
    /// When the database is unavailable, or has tables of another origin.
    pub async fn migrate(&self, now: DateTime<Utc>) -> Result<(), DatabaseError> {
        let batch = self.for_batch();
        let roles = match &self.roles {
            Some(roles) => Arc::clone(roles),
            None => Arc::new(RoleDefinitions::built_in().map_err(|error| DbErr::Custom(error.to_string()))?),
        };
        batch.bounded_write(batch.migrate_with_retries(&roles, now)).await?;
        batch.partitions().ensure_leaves(now).await?;
        // Boxed: `Send` of a future with async closures inside cannot be proved further out (rust-lang/rust#110338).
        LoginConversion::new(self).expand().boxed().await?;
        Ok(())
    }

    /// Not by [`Self::write`]: the future of a closure with captures cannot be spawned.
    async fn migrate_with_retries(&self, roles: &RoleDefinitions, now: DateTime<Utc>) -> Result<(), DatabaseError> {
        let mut retries = WriteRetries::default();
        loop {
            match self.migrate_once(roles, now).await {
                Ok(()) => return Ok(()),
                Err(error) => retries.pause_after(error).await?,
            }
        }
    }

    async fn migrate_once(&self, roles: &RoleDefinitions, now: DateTime<Utc>) -> Result<(), DbErr> {
        let write = self.transactions.begin().await?;
        migrations::run(write.connection(), roles, now).await?;
        write.commit().await
    }

    /// `true` when all migrations of this build have been applied. Writes nothing.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn is_migrated(&self) -> Result<bool, DatabaseError> {
        Ok(self.db.statement(migrations::none_is_pending(self.db.pool())).await?)
    }
}
