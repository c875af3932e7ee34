//! Partition inventory: tables, leaves and orphans, read from `pg_catalog` in a few statements.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Statement};
use service_kit::database::DatabaseError;

use super::account_partitions::AccountPartitions;
use super::tables::Partitioned;
use crate::domain::{Bound, Cell, Leaf, Month, OrphanTable, PartitionInventory, Table};

/// Rows of the embedded database are counted up to this many.
const MAX_COUNTED: u32 = 1_000_000;
/// Accounts in the catch-all cell are counted up to this many.
const MAX_UNPLACED: u32 = 100_000;

/// Each table with each of its leaves; a plain table once, as its own leaf. Sizes need a weak, short lock, and are NULL
/// for tables dropped concurrently.
const LEAVES: &str = "SELECT p.relname::text AS parent, p.relkind = 'p' AS partitioned, \
    coalesce(c.relname, p.relname)::text AS leaf, coalesce(pg_get_expr(c.relpartbound, c.oid), '') AS bound, \
    coalesce(c.reltuples, p.reltuples)::float8 AS row_count, \
    pg_total_relation_size(coalesce(c.oid, p.oid)) AS bytes, \
    coalesce(i.inhdetachpending, false) AS pending, c.oid IS NULL AS no_leaf \
    FROM pg_class p LEFT JOIN pg_inherits i ON i.inhparent = p.oid LEFT JOIN pg_class c ON c.oid = i.inhrelid \
    WHERE p.oid IN (to_regclass('users'), to_regclass('sign_ins'), to_regclass('user_directory'), \
    to_regclass('user_logins')) ORDER BY 1, 3";

/// Ordinary tables in the schema of `sign_ins` that have the name of a month and are no partition.
const ORPHANS: &str = "SELECT c.relname::text AS name FROM pg_class c JOIN pg_class p ON p.oid = to_regclass('sign_ins') \
    WHERE c.relnamespace = p.relnamespace AND c.relkind = 'r' AND c.relname ~ '^sign_ins_[0-9]{6}$' \
    AND NOT EXISTS (SELECT 1 FROM pg_inherits i WHERE i.inhrelid = c.oid) ORDER BY 1";

impl AccountPartitions {
    /// Reads the inventory.
    ///
    /// # Errors
    /// When the database is unavailable, or has no tables yet.
    pub async fn read_inventory(&self) -> Result<PartitionInventory, DatabaseError> {
        let mut inventory =
            if self.is_embedded() { self.read_embedded().await? } else { self.read_partitions().await? };
        inventory.cells = self.list_cells().await?.into_keys().collect();
        Ok(inventory)
    }

    /// Exact number of accounts per cell; `None` where they are partitioned, and the catalogue has free estimates.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn count_users_by_cell(&self) -> Result<Option<BTreeMap<Cell, u64>>, DatabaseError> {
        let backend = self.db.get_database_backend();
        if !self.is_embedded() && self.read_inventory().await?.users.partitioned {
            return Ok(None);
        }
        let sql = "SELECT cell, count(*) AS n FROM user_directory GROUP BY cell";
        let rows = self.db.query_all_raw(Statement::from_string(backend, sql)).await?;
        let count = |row: &QueryResult| -> Result<_, DbErr> {
            let number: i64 = row.try_get("", "n")?;
            Ok((Cell::new(row.try_get("", "cell")?), u64::try_from(number).unwrap_or(0)))
        };
        Ok(Some(rows.iter().map(count).collect::<Result<_, _>>()?))
    }

    async fn read_partitions(&self) -> Result<PartitionInventory, DatabaseError> {
        let mut inventory = PartitionInventory::default();
        for table in Partitioned::ALL {
            table_mut(&mut inventory, table).name = table.name().into();
        }
        let rows = self.db.query_all_raw(Statement::from_string(DbBackend::Postgres, LEAVES)).await?;
        for row in &rows {
            let parent: String = row.try_get("", "parent")?;
            let Some(partitioned) = Partitioned::ALL.into_iter().find(|table| table.name() == parent) else { continue };
            let table = table_mut(&mut inventory, partitioned);
            table.partitioned = row.try_get("", "partitioned")?;
            let no_leaf: bool = row.try_get("", "no_leaf")?;
            if !(table.partitioned && no_leaf) {
                table.leaves.push(leaf(row)?);
            }
        }
        if inventory.sign_ins.partitioned {
            inventory.orphans = orphans(&self.db).await?;
        }
        if inventory.users.partitioned {
            inventory.unplaced = self.count_unplaced().await?;
        }
        Ok(inventory)
    }

    /// Accounts without a region belong in the catch-all cell; those with one belong in another cell.
    async fn count_unplaced(&self) -> Result<u64, DatabaseError> {
        let sql = format!(
            "SELECT count(*)::bigint AS n FROM \
             (SELECT 1 FROM users WHERE cell = 0 AND region IS NOT NULL LIMIT {MAX_UNPLACED}) AS unplaced"
        );
        number(&self.db, DbBackend::Postgres, sql).await
    }

    async fn read_embedded(&self) -> Result<PartitionInventory, DatabaseError> {
        let mut inventory = PartitionInventory { embedded: true, ..PartitionInventory::default() };
        for table in Partitioned::ALL {
            let name = table.name();
            let sql = format!("SELECT count(*) AS n FROM (SELECT 1 FROM {name} LIMIT {MAX_COUNTED})");
            let rows = number(&self.db, DbBackend::Sqlite, sql).await?;
            let leaf = Leaf {
                name: name.into(),
                bound: Bound::Other(String::new()),
                rows: Some(rows),
                bytes: None,
                detach_pending: false,
            };
            *table_mut(&mut inventory, table) = Table { name: name.into(), partitioned: false, leaves: vec![leaf] };
        }
        Ok(inventory)
    }
}

/// Detached tables that were not dropped.
pub(super) async fn orphans(db: &impl ConnectionTrait) -> Result<Vec<OrphanTable>, DbErr> {
    let rows = db.query_all_raw(Statement::from_string(DbBackend::Postgres, ORPHANS)).await?;
    let names = rows.iter().map(|row| row.try_get::<String>("", "name")).collect::<Result<Vec<_>, _>>()?;
    let month = |name: &str| Month::parse(name.strip_prefix("sign_ins_")?);
    Ok(names.into_iter().filter_map(|name| Some(OrphanTable { month: month(&name)?, name })).collect())
}

fn table_mut(inventory: &mut PartitionInventory, table: Partitioned) -> &mut Table {
    match table {
        Partitioned::Users => &mut inventory.users,
        Partitioned::SignIns => &mut inventory.sign_ins,
        Partitioned::UserDirectory => &mut inventory.user_directory,
        Partitioned::UserLogins => &mut inventory.user_logins,
    }
}

fn leaf(row: &QueryResult) -> Result<Leaf, DbErr> {
    let bound: String = row.try_get("", "bound")?;
    let rows: f64 = row.try_get("", "row_count")?;
    let bytes: Option<i64> = row.try_get("", "bytes")?;
    Ok(Leaf {
        name: row.try_get("", "leaf")?,
        bound: Bound::parse(&bound),
        // −1 means never analysed. A float is exact up to 2⁵³ rows only, which is enough for an estimate.
        rows: (rows >= 0.0).then_some(rows as u64),
        bytes: bytes.and_then(|bytes| u64::try_from(bytes).ok()),
        detach_pending: row.try_get("", "pending")?,
    })
}

async fn number(db: &impl ConnectionTrait, backend: DbBackend, sql: String) -> Result<u64, DatabaseError> {
    let row = db.query_one_raw(Statement::from_string(backend, sql)).await?;
    let number: i64 = row.map_or(Ok(0), |row| row.try_get("", "n"))?;
    Ok(u64::try_from(number).unwrap_or(0))
}
