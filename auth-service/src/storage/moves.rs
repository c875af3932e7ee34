//! Changes of accounts, including moves to another cell.
//!
//! Writers of a row of `users` first lock the row of the directory: it contains the cell of the account, and serialises
//! writers of one account in all cells. SQLite has one writer at a time anyway.

use chrono::{DateTime, Utc};
use contracts::ids::UserId;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, UpdateMany};
use uuid::Uuid;

use super::entities::{user, user_directory, user_login};
use super::error::StorageError;
use super::store::{Store, stored};
use super::users::{DELETED, by_id, by_key, user_from};
use crate::domain::{BirthDate, Cell, User, UserChange, UserKey};

/// Maximum number of accounts moved in one transaction.
pub const MAX_MOVED_TOGETHER: usize = 500;

/// Reasons why an account was not changed; nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum UpdateUserError {
    /// It already has a different birth date.
    #[error("the day of birth was given before")]
    BirthDateGiven,
    /// There is no such account.
    #[error("there is no such account")]
    NoSuchUser,
    /// SQL failed.
    #[error("the account could not be changed")]
    Storage(#[from] StorageError),
}

/// An account in a cell, with its region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellMember {
    /// The user.
    pub id: UserId,
    /// ISO 3166 code, if given.
    pub region: Option<String>,
}

impl Store {
    /// Changes an account in its current cell. With another region it moves to the cell that `place` returns.
    /// Returns the changed account.
    ///
    /// # Errors
    /// [`UpdateUserError`].
    pub async fn update_user(
        &self,
        id: UserId,
        change: &UserChange,
        place: impl Fn(&str) -> Cell,
        at: DateTime<Utc>,
    ) -> Result<User, UpdateUserError> {
        let to = change.region.as_deref().map(&place);
        let work = async |tx: &DatabaseTransaction| {
            let Some(cell) = lock(tx, id).await? else { return Ok(Err(UpdateUserError::NoSuchUser)) };
            let key = UserKey { id, cell };
            let Some(row) = by_key(key).one(tx).await? else { return Ok(Err(UpdateUserError::NoSuchUser)) };
            let given = row.birth_date;
            if change.birth_date.is_some_and(|day| given.is_some_and(|given| given != day.day())) {
                return Ok(Err(UpdateUserError::BirthDateGiven));
            }
            let moved = UserKey { id, cell: to.unwrap_or(cell) };
            changed(change, moved.cell, at).filter(key_is(key)).exec(tx).await?;
            if moved != key {
                point_to(tx, &[id.0], moved.cell, at).await?;
            }
            let row = by_key(moved).one(tx).await?;
            Ok(row.map(user_from).ok_or(UpdateUserError::NoSuchUser))
        };
        let outcome = self.write(&work).await;
        match to {
            Some(cell) if self.create_missing_cell(&outcome, cell).await? => self.write(&work).await?,
            _ => outcome?,
        }
    }

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
    ) -> Result<u64, StorageError> {
        let ids: Vec<Uuid> = ids.iter().take(MAX_MOVED_TOGETHER).map(|id| id.0).collect();
        let work = async |tx: &DatabaseTransaction| {
            let here = lock_all(tx, &ids, from).await?;
            if here.is_empty() {
                return Ok(0);
            }
            let update = user::Entity::update_many()
                .col_expr(user::Column::Cell, Expr::value(to.number()))
                .filter(user::Column::Cell.eq(from.number()))
                .filter(user::Column::Id.is_in(here.iter().copied()));
            let moved = update.exec(tx).await?.rows_affected;
            if usize::try_from(moved) != Ok(here.len()) {
                let message =
                    format!("the directory has {} of these accounts in cell {from}, users {moved}", here.len());
                return Err(DbErr::Custom(message));
            }
            point_to(tx, &here, to, at).await?;
            Ok(moved)
        };
        let outcome = self.write(&work).await;
        if self.create_missing_cell(&outcome, to).await? { self.write(&work).await } else { outcome }
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
    ) -> Result<Vec<CellMember>, StorageError> {
        let mut query = user::Entity::find()
            .select_only()
            .columns([user::Column::Id, user::Column::Region])
            .filter(user::Column::Cell.eq(cell.number()))
            .order_by_asc(user::Column::Id)
            .limit(limit);
        if let Some(after) = after {
            query = query.filter(user::Column::Id.gt(after.0));
        }
        let rows = query.into_tuple::<(Uuid, Option<String>)>().all(&self.db).await?;
        Ok(rows.into_iter().map(|(id, region)| CellMember { id: UserId(id), region }).collect())
    }
}

/// The cell of an account. Locks its row of the directory until the end of the transaction.
pub(super) async fn lock(tx: &DatabaseTransaction, id: UserId) -> Result<Option<Cell>, DbErr> {
    let row = by_id(id).lock_exclusive().one(tx).await?;
    Ok(row.map(|row| Cell::new(row.cell)))
}

/// The given accounts that are in `from`, locked in the order of their ids to avoid deadlocks.
async fn lock_all(tx: &DatabaseTransaction, ids: &[Uuid], from: Cell) -> Result<Vec<Uuid>, DbErr> {
    user_directory::Entity::find()
        .select_only()
        .column(user_directory::Column::UserId)
        .filter(user_directory::Column::UserId.is_in(ids.iter().copied()))
        .filter(user_directory::Column::Cell.eq(from.number()))
        .filter(user_directory::Column::State.ne(DELETED))
        .order_by_asc(user_directory::Column::UserId)
        .lock_exclusive()
        .into_tuple::<Uuid>()
        .all(tx)
        .await
}

/// Sets the cell of the accounts in directory and logins.
async fn point_to(tx: &DatabaseTransaction, ids: &[Uuid], cell: Cell, at: DateTime<Utc>) -> Result<(), DbErr> {
    user_directory::Entity::update_many()
        .col_expr(user_directory::Column::Cell, Expr::value(cell.number()))
        .col_expr(user_directory::Column::MovedAt, Expr::value(stored(at)))
        .filter(user_directory::Column::UserId.is_in(ids.iter().copied()))
        .exec(tx)
        .await?;
    user_login::Entity::update_many()
        .col_expr(user_login::Column::Cell, Expr::value(cell.number()))
        .filter(user_login::Column::UserId.is_in(ids.iter().copied()))
        .exec(tx)
        .await?;
    Ok(())
}

pub(super) fn key_is(key: UserKey) -> sea_orm::Condition {
    sea_orm::Condition::all().add(user::Column::Id.eq(key.id.0)).add(user::Column::Cell.eq(key.cell.number()))
}

/// An `ActiveModel` does not work here: it puts a changed key into the condition and then finds no row.
fn changed(change: &UserChange, cell: Cell, at: DateTime<Utc>) -> UpdateMany<user::Entity> {
    let mut update = user::Entity::update_many()
        .col_expr(user::Column::Cell, Expr::value(cell.number()))
        .col_expr(user::Column::UpdatedAt, Expr::value(stored(at)));
    if let Some(name) = &change.display_name {
        update = update.col_expr(user::Column::DisplayName, Expr::value(name.clone()));
    }
    if let Some(day) = change.birth_date.map(BirthDate::day) {
        update = update.col_expr(user::Column::BirthDate, Expr::value(day));
    }
    if let Some(region) = &change.region {
        update = update.col_expr(user::Column::Region, Expr::value(region.clone()));
    }
    update
}
