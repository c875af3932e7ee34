//! Refilled budgets of guesses. Replicas poll the newest ones and count such accounts by another key from then on, so
//! that a budget is refilled wherever it is counted.

use accounts::{AuditAction, AuditContext};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::ids::UserId;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use service_kit::database::{DatabaseError, stored_time};

use super::{Acted, OperatorActError};
use crate::addresses::refill_code_guesses;
use crate::entities::user_login;
use crate::entities::user_unlock::{ActiveModel, Column, Entity};
use crate::identities::lock_user;
use crate::outbox::MailDraft;
use crate::store::Store;

/// Retention of a refill: longer than any budget of guesses lasts.
pub const UNLOCKS_KEPT: TimeDelta = TimeDelta::days(2);

impl Store {
    /// Refills the budgets that guesses at an account have used up.
    ///
    /// # Errors
    /// [`OperatorActError`].
    pub async fn unlock_user(
        &self,
        id: UserId,
        context: &AuditContext,
        mail: Option<&MailDraft>,
    ) -> Result<Acted, OperatorActError> {
        self.act(AuditAction::UnlockUser, id, (context, mail), async |tx| {
            let Some(user) = lock_user(tx, id).await? else { return Ok(Err(OperatorActError::NoSuchUser)) };
            let at = stored_time(context.at);
            Entity::delete_many().filter(Column::At.lt(at - UNLOCKS_KEPT)).exec(tx).await?;
            let again = OnConflict::column(Column::UserId).update_column(Column::At).to_owned();
            let row = ActiveModel { user_id: Set(id.0), at: Set(at) };
            Entity::insert(row).on_conflict(again).exec_without_returning(tx).await?;
            refill_code_guesses(tx, id.0).await?;
            Ok(Ok(Acted { user, changed: true, cutoff: None }))
        })
        .await
    }

    /// Logins of accounts that were unlocked at or after `since`, with the time, newest first, at most `limit`
    /// accounts.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn list_unlocks(
        &self,
        since: DateTime<Utc>,
        limit: u64,
    ) -> Result<Vec<(String, DateTime<Utc>)>, DatabaseError> {
        let query = Entity::find().filter(Column::At.gte(stored_time(since))).order_by_desc(Column::At).limit(limit);
        let mut unlocks = Vec::new();
        for row in query.all(&self.db).await? {
            let logins = user_login::Entity::find().filter(user_login::Column::UserId.eq(row.user_id));
            unlocks.push((row.user_id.hyphenated().to_string(), row.at)); // first passwords are counted by the id
            unlocks.extend(logins.all(&self.db).await?.into_iter().map(|login| (login.login, row.at)));
        }
        Ok(unlocks)
    }
}
