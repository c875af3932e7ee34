//! Parts of several changes of ownership: standing of an address, loss of a claim, locks, deletion of an account's rows.

use std::net::IpAddr;

use accounts::{AccountEvent, AccountEventKind, Cell, Email, Login, User, UserKey};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::ids::UserId;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter};
use service_kit::database::stored_time;

use super::code_guesses::refill_code_guesses;
use super::mail_codes::delete_codes;
use crate::account_events;
use crate::entities::{claim_expiry, email_change, identity};
use crate::logins::free_login;
use crate::outbox::Standing;
use crate::users::{by_id, by_key, lock, user_from};

/// Time for which an account without a sign-in method is kept while no session uses it.
pub(crate) const KEEP_WITHOUT_WAY_IN: TimeDelta = TimeDelta::days(30);

/// Standing of a login in the budgets of mails.
pub(crate) fn standing_of(login: Option<&Login>) -> Standing {
    if login.is_some_and(|login| !login.is_claim()) { Standing::Proved } else { Standing::Unproved }
}

/// Takes a claimed address from the account that claims it, and only that: sessions, password and data stay, and its
/// pages show that it has no address. Without another sign-in method it is deleted once no session has used it for 30
/// days. Requires the locks on the login and on the row of the directory.
pub(crate) async fn release_claim(
    tx: &DatabaseTransaction,
    owner: UserKey,
    email: &Email,
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    free_login(tx, owner, email, at).await?;
    delete_codes(tx, owner.id, None).await?;
    email_change::Entity::delete_by_id(owner.id.0).exec(tx).await?;
    record(tx, owner.id, AccountEventKind::EmailFreed, None, at).await?;
    if has_identity(tx, owner.id).await? { Ok(()) } else { expire_at(tx, owner.id, at + KEEP_WITHOUT_WAY_IN).await }
}

/// Locks the rows of the directory of these accounts in the order of their ids. Returns the keys of those that exist.
pub(crate) async fn lock_accounts(tx: &DatabaseTransaction, ids: &[UserId]) -> Result<Vec<UserKey>, DbErr> {
    let mut sorted: Vec<UserId> = ids.to_vec();
    sorted.sort_unstable_by_key(|id| id.0);
    sorted.dedup();
    let mut keys = Vec::new();
    for id in sorted {
        if let Some(cell) = lock(tx, id).await? {
            keys.push(UserKey { id, cell });
        }
    }
    Ok(keys)
}

/// Records that an account is deleted at `due_at` unless it is used.
pub(crate) async fn expire_at(tx: &DatabaseTransaction, id: UserId, due_at: DateTime<Utc>) -> Result<(), DbErr> {
    let row = claim_expiry::ActiveModel { user_id: Set(id.0), due_at: Set(stored_time(due_at)) };
    let known = OnConflict::column(claim_expiry::Column::UserId).update_column(claim_expiry::Column::DueAt).to_owned();
    claim_expiry::Entity::insert(row).on_conflict(known).exec_without_returning(tx).await.map(drop)
}

/// Records that an account is kept.
pub(crate) async fn keep(tx: &DatabaseTransaction, id: UserId) -> Result<(), DbErr> {
    claim_expiry::Entity::delete_by_id(id.0).exec(tx).await.map(drop)
}

pub(crate) async fn has_identity(db: &impl ConnectionTrait, id: UserId) -> Result<bool, DbErr> {
    Ok(identity::Entity::find().filter(identity::Column::UserId.eq(id.0)).one(db).await?.is_some())
}

/// The account, without a lock.
pub(crate) async fn find_user(tx: &DatabaseTransaction, id: UserId) -> Result<Option<User>, DbErr> {
    let Some(row) = by_id(id).one(tx).await? else { return Ok(None) };
    let key = UserKey { id, cell: Cell::new(row.cell) };
    Ok(by_key(key).one(tx).await?.map(user_from))
}

/// Records a change of the account itself.
pub(crate) async fn record(
    tx: &DatabaseTransaction,
    user_id: UserId,
    kind: AccountEventKind,
    address: Option<IpAddr>,
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    account_events::insert(tx, &AccountEvent { user_id, at, kind, subject: String::new(), address }).await
}

/// Deletes what this module stores of an account.
pub(crate) async fn forget_addresses(tx: &DatabaseTransaction, id: UserId) -> Result<(), DbErr> {
    delete_codes(tx, id, None).await?;
    refill_code_guesses(tx, id.0).await?;
    email_change::Entity::delete_by_id(id.0).exec(tx).await?;
    keep(tx, id).await
}
