//! Tables under conversion: a plain and a partitioned one exist side by side, and no leaf may be dropped.

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use service_kit::database::DatabaseError;

use super::account_partitions::AccountPartitions;
use super::tables::Partitioned;

/// End of the name of the partitioned table while the plain one is in use.
pub const COPY_SUFFIX: &str = "_v2";
/// End of the name of the plain table while the partitioned one is in use.
pub const KEPT_SUFFIX: &str = "_plain";

impl AccountPartitions {
    /// `true` while a conversion of `table` has begun and is not finished: a plain and a partitioned table are both
    /// kept up to date. Leaves must not be dropped meanwhile, because no trigger would repeat that in the other table.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn is_converting(&self, table: Partitioned) -> Result<bool, DatabaseError> {
        if self.is_embedded() {
            return Ok(false);
        }
        let sql = "SELECT 1 WHERE to_regclass($1) IS NOT NULL OR to_regclass($2) IS NOT NULL";
        let names = [COPY_SUFFIX, KEPT_SUFFIX].map(|suffix| format!("{}{suffix}", table.name()).into());
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, names);
        Ok(self.db.query_one_raw(statement).await?.is_some())
    }
}
