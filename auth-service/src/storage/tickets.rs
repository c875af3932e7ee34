//! Tickets of social sign-ins, each of which is good for one return.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::entities::spent_ticket::{ActiveModel, Column, Entity};
use super::error::StorageError;
use super::store::{Store, stored};

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
        self.write(async |tx| {
            let row = ActiveModel { id: Set(id), expires_at: Set(stored(expires_at)) };
            let known = OnConflict::column(Column::Id).do_nothing().to_owned();
            let spent = Entity::insert(row).on_conflict(known).exec_without_returning(tx).await?;
            Entity::delete_many().filter(Column::ExpiresAt.lt(stored(now))).exec(tx).await?;
            Ok(spent == 1)
        })
        .await
    }
}
