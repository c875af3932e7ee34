//! Changes of accounts, including moves to another cell.
//!
//! Writers of a row of `users` first lock the row of the directory: it contains the cell of the account, and serialises
//! writers of one account in all cells. SQLite has one writer at a time anyway.

use account_partitions::storage::record_cell;
use accounts::{BirthDate, Cell, User, UserChange, UserKey};
use chrono::{DateTime, Utc};
use contracts::ids::UserId;
use sea_orm::sea_query::Expr;
use sea_orm::{DatabaseTransaction, EntityTrait, QueryFilter, UpdateMany};
use service_kit::database::{DatabaseError, stored_time};

use super::entities::user;
use super::store::Store;
use super::users::{by_key, key_is, lock, user_from};

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
    Storage(#[from] DatabaseError),
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
                record_cell(tx, &[id.0], moved.cell, at).await?;
            }
            let row = by_key(moved).one(tx).await?;
            Ok(row.map(user_from).ok_or(UpdateUserError::NoSuchUser))
        };
        match to {
            Some(cell) => self.write_in_cell(cell, work).await?,
            None => self.write(work).await?,
        }
    }
}

/// An `ActiveModel` does not work here: it puts a changed key into the condition and then finds no row.
fn changed(change: &UserChange, cell: Cell, at: DateTime<Utc>) -> UpdateMany<user::Entity> {
    let mut update = user::Entity::update_many()
        .col_expr(user::Column::Cell, Expr::value(cell.number()))
        .col_expr(user::Column::UpdatedAt, Expr::value(stored_time(at)));
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
