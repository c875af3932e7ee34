//! Moves of accounts between cells.
//!
//! Writers of a row of `users` first lock the row of the directory: it contains the cell of the account, and serialises
//! writers of one account in all cells. SQLite has one writer at a time anyway.

use chrono::{DateTime, Utc};
use contracts::ids::UserId;
use sea_orm::sea_query::{Expr, ExprTrait, LockType, Order, Query};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};
use service_kit::database::{DatabaseError, stored_time};
use uuid::Uuid;

use super::account_partitions::AccountPartitions;
use super::tables::Partitioned;
use crate::domain::Cell;

/// Maximum number of accounts moved in one transaction.
pub const MAX_MOVED_TOGETHER: usize = 500;
/// `user_directory.state` of a deleted account: no other data of it is left.
pub const DELETED: i16 = 1;

/// An account in a cell, with its region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellMember {
    /// The user.
    pub id: UserId,
    /// ISO 3166 code, if given.
    pub region: Option<String>,
}

impl AccountPartitions {
    /// Moves accounts from one cell to another, at most [`MAX_MOVED_TOGETHER`]: all that are still in `from`, or none
    /// on an error. Returns their number.
    ///
    /// # Errors
    /// When the database is unavailable, or directory and accounts differ.
    pub async fn move_users(
        &self,
        ids: &[UserId],
        from: Cell,
        to: Cell,
        at: DateTime<Utc>,
    ) -> Result<u64, DatabaseError> {
        let ids: Vec<Uuid> = ids.iter().take(MAX_MOVED_TOGETHER).map(|id| id.0).collect();
        let work = async |tx: &DatabaseTransaction| {
            let here = lock_all(tx, &ids, from).await?;
            if here.is_empty() {
                return Ok(0);
            }
            let mut update = Query::update();
            update
                .table(Partitioned::Users.name())
                .value("cell", to.number())
                .and_where(Expr::col("cell").eq(from.number()))
                .and_where(Expr::col("id").is_in(here.iter().copied()));
            let moved = tx.execute(&update).await?.rows_affected();
            if usize::try_from(moved) != Ok(here.len()) {
                let message =
                    format!("the directory has {} of these accounts in cell {from}, users {moved}", here.len());
                return Err(DbErr::Custom(message));
            }
            record_cell(tx, &here, to, at).await?;
            Ok(moved)
        };
        self.write_in_cell(to, work).await
    }

    /// Accounts of a cell, by id, those after `after`, at most `limit`.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn list_cell_members(
        &self,
        cell: Cell,
        after: Option<UserId>,
        limit: u64,
    ) -> Result<Vec<CellMember>, DatabaseError> {
        let mut query = Query::select();
        query
            .columns(["id", "region"])
            .from(Partitioned::Users.name())
            .and_where(Expr::col("cell").eq(cell.number()))
            .order_by("id", Order::Asc)
            .limit(limit);
        if let Some(after) = after {
            query.and_where(Expr::col("id").gt(after.0));
        }
        let rows = self.db.query_all(&query).await?;
        let member = |row: &sea_orm::QueryResult| -> Result<_, DbErr> {
            Ok(CellMember { id: UserId(row.try_get_by_index(0)?), region: row.try_get_by_index(1)? })
        };
        Ok(rows.iter().map(member).collect::<Result<_, _>>()?)
    }
}

/// The given accounts that are in `from`, locked in the order of their ids to avoid deadlocks.
async fn lock_all(tx: &DatabaseTransaction, ids: &[Uuid], from: Cell) -> Result<Vec<Uuid>, DbErr> {
    let mut query = Query::select();
    query
        .column("user_id")
        .from(Partitioned::UserDirectory.name())
        .and_where(Expr::col("user_id").is_in(ids.iter().copied()))
        .and_where(Expr::col("cell").eq(from.number()))
        .and_where(Expr::col("state").ne(DELETED))
        .order_by("user_id", Order::Asc)
        .lock(LockType::Update);
    let rows = tx.query_all(&query).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

/// Writes the cell of the accounts to directory and logins.
///
/// # Errors
/// When the database is unavailable.
pub async fn record_cell(tx: &DatabaseTransaction, ids: &[Uuid], cell: Cell, at: DateTime<Utc>) -> Result<(), DbErr> {
    let mut directory = Query::update();
    directory
        .table(Partitioned::UserDirectory.name())
        .value("cell", cell.number())
        .value("moved_at", stored_time(at))
        .and_where(Expr::col("user_id").is_in(ids.iter().copied()));
    tx.execute(&directory).await?;
    let mut logins = Query::update();
    logins
        .table(Partitioned::UserLogins.name())
        .value("cell", cell.number())
        .and_where(Expr::col("user_id").is_in(ids.iter().copied()));
    tx.execute(&logins).await.map(drop)
}
