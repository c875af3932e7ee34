//! Changing a password: only from the one that was checked.

use chrono::{DateTime, Utc};
use contracts::ids::{SessionId, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::cutoffs::Cutoff;
use super::devices::end_others;
use super::entities::user;
use super::error::StorageError;
use super::moves::{key_is, lock};
use super::store::{Store, stored};
use crate::domain::{EndReason, PasswordHash, UserKey};

/// A password that becomes another one.
#[derive(Debug, Clone)]
pub struct PasswordChange {
    /// Whose.
    pub user: UserId,
    /// The hash that the current password was checked against.
    pub from: PasswordHash,
    /// The hash of the new one.
    pub to: PasswordHash,
    /// The session that goes on.
    pub keep: SessionId,
    /// Now.
    pub at: DateTime<Utc>,
}

impl Store {
    /// Changes a password and ends all other sessions, both or neither, wherever the account lives by now. `None` when its
    /// password is not the one that was checked any more.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn change_password(&self, change: &PasswordChange) -> Result<Option<Cutoff>, StorageError> {
        self.write(async |tx| {
            let Some(cell) = lock(tx, change.user).await? else { return Ok(None) };
            let update = user::Entity::update_many()
                .col_expr(user::Column::PasswordHash, Expr::value(change.to.as_str()))
                .col_expr(user::Column::UpdatedAt, Expr::value(stored(change.at)))
                .filter(key_is(UserKey { id: change.user, cell }))
                .filter(user::Column::PasswordHash.eq(change.from.as_str()));
            if update.exec(tx).await?.rows_affected == 0 {
                return Ok(None);
            }
            let reason = EndReason::PasswordChanged;
            end_others(tx, change.user, change.keep, reason, change.at).await.map(Some)
        })
        .await
    }
}
