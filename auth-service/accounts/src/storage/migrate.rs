//! Tables and data of this release.

use chrono::{DateTime, Utc};
use futures_util::FutureExt;
use service_kit::database::DatabaseError;

use super::login_conversion::LoginConversion;
use super::store::Store;

impl Store {
    /// Creates or updates the tables, writes the roles of files and the built-in regions, creates the partitions
    /// required at `now`, and adds canonical forms to logins of earlier releases. Safe to run in several processes at once.
    ///
    /// # Errors
    /// When the database is unavailable, or has tables of another origin.
    pub async fn migrate(&self, now: DateTime<Utc>) -> Result<(), DatabaseError> {
        self.migrate_tables(now).await?;
        // Boxed: `Send` of a future with async closures inside cannot be proved further out (rust-lang/rust#110338).
        LoginConversion::new(self).expand().boxed().await?;
        Ok(())
    }
}
