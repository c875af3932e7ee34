//! What is good for one use: tickets of social sign-ins and nonces of sign-up forms. What is used is stored, until it would have
//! expired anyway.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::entities::spent_ticket::{ActiveModel, Column, Entity};
use super::error::StorageError;
use super::store::{Store, stored};

/// The nonce of a form that makes an account, spent in the transaction that makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormNonce {
    /// Its id.
    pub id: Uuid,
    /// Until when it has to be remembered.
    pub expires_at: DateTime<Utc>,
}

impl Store {
    /// Spends a ticket. `false` when it was spent before: of many that come at once, one is told `true`. Tickets that expired
    /// before `now` are forgotten on the way.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn spend_ticket(
        &self,
        id: Uuid,
        expires_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        self.write(async |tx| spend(tx, id, expires_at, now).await).await
    }

    /// Makes a ticket that was spent good again: what it was spent for was not begun.
    ///
    /// # Errors
    /// When the database is away; then it stays spent.
    pub async fn restore_ticket(&self, id: Uuid) -> Result<(), StorageError> {
        // One statement is a transaction by itself, and can be made by a task that may move between threads.
        let work = async {
            let _turn = self.write_turn().await;
            Ok(Entity::delete_by_id(id).exec(&self.db).await.map(drop)?)
        };
        self.bounded_write(work).await
    }

    /// Whether a ticket or nonce was spent. Another request may spend it a moment later.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn is_ticket_spent(&self, id: Uuid) -> Result<bool, StorageError> {
        Ok(Entity::find_by_id(id).one(&self.db).await?.is_some())
    }
}

/// Whether this transaction spends it. Another one that does so waits until this one has ended, and spends it if this one fails.
pub(super) async fn spend(
    tx: &DatabaseTransaction,
    id: Uuid,
    expires_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let row = ActiveModel { id: Set(id), expires_at: Set(stored(expires_at)) };
    let known = OnConflict::column(Column::Id).do_nothing().to_owned();
    let spent = Entity::insert(row).on_conflict(known).exec_without_returning(tx).await?;
    Entity::delete_many().filter(Column::ExpiresAt.lt(stored(now))).exec(tx).await?;
    Ok(spent == 1)
}
