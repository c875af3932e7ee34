//! History of accounts, written in the transaction of each change.

use accounts::{AccountEvent, AccountEventKind};
use chrono::TimeDelta;
use contracts::ids::UserId;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use service_kit::database::{DatabaseError, stored_time};
use uuid::Uuid;

use super::entities::account_event;
use super::store::Store;

/// Minimum retention of an entry. Older ones are deleted when the same account gets a new one.
const RETENTION: TimeDelta = TimeDelta::days(400);

impl Store {
    /// Changes to an account, newest first, at most `limit`.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn list_account_events(&self, id: UserId, limit: u64) -> Result<Vec<AccountEvent>, DatabaseError> {
        let query = account_event::Entity::find()
            .filter(account_event::Column::UserId.eq(id.0))
            .order_by_desc(account_event::Column::At)
            .order_by_desc(account_event::Column::Id)
            .limit(limit);
        Ok(query.all(&self.db).await?.into_iter().filter_map(event_from).collect())
    }
}

/// Adds an entry and deletes expired ones of the same account.
pub(super) async fn insert(tx: &impl ConnectionTrait, event: &AccountEvent) -> Result<(), DbErr> {
    account_event::Entity::delete_many()
        .filter(account_event::Column::UserId.eq(event.user_id.0))
        .filter(account_event::Column::At.lt(stored_time(event.at - RETENTION)))
        .exec(tx)
        .await?;
    let row = account_event::ActiveModel {
        id: Set(Uuid::now_v7()),
        user_id: Set(event.user_id.0),
        at: Set(stored_time(event.at)),
        kind: Set(number(event.kind)),
        subject: Set(event.subject.clone()),
        address: Set(event.address.map(|address| address.to_string())),
    };
    account_event::Entity::insert(row).exec_without_returning(tx).await.map(drop)
}

/// Numbers of `account_events.kind`. Never reused for another kind.
pub(super) fn number(kind: AccountEventKind) -> i16 {
    match kind {
        AccountEventKind::SocialLinked => 1,
        AccountEventKind::SocialUnlinked => 2,
        AccountEventKind::PasswordSet => 3,
        AccountEventKind::PasswordChanged => 4,
        AccountEventKind::PasswordReset => 20,
        AccountEventKind::EmailProved => 21,
        AccountEventKind::EmailChanged => 22,
        AccountEventKind::EmailFreed => 23,
        AccountEventKind::DataExported => 24,
    }
}

/// `None` for a kind of a later release.
fn event_from(row: account_event::Model) -> Option<AccountEvent> {
    let kind = match row.kind {
        1 => AccountEventKind::SocialLinked,
        2 => AccountEventKind::SocialUnlinked,
        3 => AccountEventKind::PasswordSet,
        4 => AccountEventKind::PasswordChanged,
        20 => AccountEventKind::PasswordReset,
        21 => AccountEventKind::EmailProved,
        22 => AccountEventKind::EmailChanged,
        23 => AccountEventKind::EmailFreed,
        24 => AccountEventKind::DataExported,
        _ => return None,
    };
    let address = row.address.and_then(|text| text.parse().ok());
    Some(AccountEvent { user_id: UserId(row.user_id), at: row.at, kind, subject: row.subject, address })
}
