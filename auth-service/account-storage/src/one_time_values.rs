//! One-time values: states of social sign-ins and nonces of sign-up forms. A consumed one is stored until it would have
//! expired anyway.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter};
use service_kit::database::{DatabaseError, stored_time};
use uuid::Uuid;

use super::entities::spent_ticket::{ActiveModel, Column, Entity};
use super::store::Store;

/// The nonce of a sign-up form, consumed in the transaction that creates the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormNonce {
    /// Its id.
    pub id: Uuid,
    /// Time until which it must be stored.
    pub expires_at: DateTime<Utc>,
}

impl Store {
    /// Consumes a one-time value. `false` when it was consumed before: of concurrent calls exactly one gets `true`.
    /// Also deletes those that expired before `now`.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn consume_one_time_value(
        &self,
        id: Uuid,
        expires_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<bool, DatabaseError> {
        self.write(async |tx| consume(tx, id, expires_at, now).await).await
    }

    /// Makes a consumed value valid again, because its operation was not started.
    ///
    /// # Errors
    /// When the database is unavailable; then it stays consumed.
    pub async fn restore_one_time_value(&self, id: Uuid) -> Result<(), DatabaseError> {
        // One statement is a transaction by itself, and can run in a task that moves between threads.
        let work = async {
            let _turn = self.write_turn().await;
            Ok(Entity::delete_by_id(id).exec(&self.db).await.map(drop)?)
        };
        self.bounded_write(work).await
    }

    /// `true` when the value was consumed. Another request may consume it right after this check.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn is_one_time_value_consumed(&self, id: Uuid) -> Result<bool, DatabaseError> {
        Ok(Entity::find_by_id(id).one(&self.db).await?.is_some())
    }
}

/// `true` when this transaction consumes the value. A concurrent one waits for the end of this transaction, and
/// consumes the value if this one fails.
pub(super) async fn consume(
    tx: &DatabaseTransaction,
    id: Uuid,
    expires_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let row = ActiveModel { id: Set(id), expires_at: Set(stored_time(expires_at)) };
    let conflict = OnConflict::column(Column::Id).do_nothing().to_owned();
    let inserted = Entity::insert(row).on_conflict(conflict).exec_without_returning(tx).await?;
    Entity::delete_many().filter(Column::ExpiresAt.lt(stored_time(now))).exec(tx).await?;
    Ok(inserted == 1)
}

/// Writes a row and deletes it again: a transaction that has refused a taken address changes pages and waits for the
/// disk like one that took a free address, so that their times do not differ.
pub(super) async fn write_decoy(tx: &DatabaseTransaction, at: DateTime<Utc>) -> Result<(), DbErr> {
    let id = Uuid::now_v7();
    let row = ActiveModel { id: Set(id), expires_at: Set(stored_time(at)) };
    Entity::insert(row).exec_without_returning(tx).await?;
    Entity::delete_by_id(id).exec(tx).await.map(drop)
}
