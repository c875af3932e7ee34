//! Rows of `email_changes`, and the rows that a change of address locks.

use accounts::{CodePurpose, Email, Login, UserKey};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::ids::{SessionId, UserId};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter};
use service_kit::database::stored_time;

use super::change_requests::ChangeEmail;
use super::mail_codes::delete_codes_for;
use super::ownership::{find_user, keep, lock_accounts, release_claim};
use crate::entities::email_change::{ActiveModel, Column, Entity, Model};
use crate::logins::{free_login, lock_login, set_email};
use crate::users::insert_login;

/// Time in which the new mailbox must be confirmed. A code is valid for less; another one can be asked for.
const CONFIRM_WITHIN: TimeDelta = TimeDelta::days(1);

/// A pending change, read.
pub(super) struct Pending {
    /// The session that asked.
    pub session: SessionId,
    /// The address that it began with, if that was proved.
    pub from: Option<Email>,
    /// The new address.
    pub to: Email,
    /// Time at which it is applied; `None` until the new mailbox is confirmed.
    pub due_at: Option<DateTime<Utc>>,
}

impl Pending {
    /// `None` when it has expired, or an address is none by now.
    pub fn of(row: Model, now: DateTime<Utc>) -> Option<Self> {
        if row.due_at.is_none() && row.expires_at <= now {
            return None;
        }
        let from = row.old_login.map(|text| Email::parse(&text)).transpose().ok()?;
        Some(Self {
            session: SessionId(row.session_id),
            from,
            to: Email::parse(&row.new_login).ok()?,
            due_at: row.due_at,
        })
    }
}

/// Rows that a change locks: both logins, then the accounts.
pub(super) struct Locked {
    /// The account.
    pub key: UserKey,
    /// Its present login.
    pub email: Option<Email>,
    /// The row of the present login, if it is the account's.
    pub own: Option<Login>,
    /// The row of the new login.
    pub target: Option<Login>,
    /// The account that has the new login.
    pub other: Option<UserKey>,
}

impl Locked {
    /// Locks them for a change to `to`. `None` when there is no such account.
    pub async fn of(tx: &DatabaseTransaction, id: UserId, to: &Email) -> Result<Option<Self>, DbErr> {
        let Some(user) = find_user(tx, id).await? else { return Ok(None) };
        let (own, target) = lock_both(tx, user.email.as_ref(), to).await?;
        let ids: Vec<_> = target.iter().map(|login| login.user.id).chain([id]).collect();
        let keys = lock_accounts(tx, &ids).await?;
        let Some(key) = keys.iter().find(|key| key.id == id).copied() else { return Ok(None) };
        let other = keys.into_iter().find(|key| key.id != id);
        Ok(Some(Self { key, email: user.email, own: own.filter(|login| login.user.id == id), target, other }))
    }

    /// `true` when no other account has proved the new address.
    pub fn is_free(&self, user: UserId) -> bool {
        self.target.is_none_or(|target| target.user.id == user || target.is_claim())
    }

    /// The present address, if it is proved, also when that was after the change was asked for.
    pub fn proved_present(&self) -> Option<&Email> {
        self.email.as_ref().filter(|_| self.own.is_some_and(|own| !own.is_claim()))
    }

    /// Gives the account the new address as a proved login, and takes the present one from it.
    pub async fn replace(&self, tx: &DatabaseTransaction, to: &Email, at: DateTime<Utc>) -> Result<(), DbErr> {
        if let (Some(_), Some(other)) = (self.target, self.other) {
            release_claim(tx, other, to, at).await?;
        }
        if let Some(email) = &self.email {
            free_login(tx, self.key, email, at).await?;
        }
        insert_login(tx, to, self.key, Some(at)).await?;
        set_email(tx, self.key, Some(to), at).await?;
        keep(tx, self.key.id).await
    }
}

/// Locks two logins in the order of their texts.
pub(super) async fn lock_both(
    tx: &DatabaseTransaction,
    own: Option<&Email>,
    target: &Email,
) -> Result<(Option<Login>, Option<Login>), DbErr> {
    let Some(own) = own else { return Ok((None, lock_login(tx, target).await?)) };
    if own.as_str() <= target.as_str() {
        let own = lock_login(tx, own).await?;
        Ok((own, lock_login(tx, target).await?))
    } else {
        let target = lock_login(tx, target).await?;
        Ok((lock_login(tx, own).await?, target))
    }
}

/// The pending change of an account; `None` when it has expired.
pub(super) async fn find_pending(
    tx: &DatabaseTransaction,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<Option<Pending>, DbErr> {
    Ok(Entity::find_by_id(user.0).one(tx).await?.and_then(|row| Pending::of(row, now)))
}

/// Writes a pending change in the place of an earlier one.
pub(super) async fn write_pending(
    tx: &DatabaseTransaction,
    request: &ChangeEmail<'_>,
    from: Option<&Email>,
) -> Result<(), DbErr> {
    let row = ActiveModel {
        user_id: Set(request.user.0),
        session_id: Set(request.session.0),
        old_login: Set(from.map(|email| email.as_str().to_owned())),
        new_login: Set(request.to.as_str().to_owned()),
        asked_at: Set(stored_time(request.at)),
        expires_at: Set(stored_time(request.at + CONFIRM_WITHIN)),
        due_at: Set(None),
    };
    let replaced =
        [Column::SessionId, Column::OldLogin, Column::NewLogin, Column::AskedAt, Column::ExpiresAt, Column::DueAt];
    let known = OnConflict::column(Column::UserId).update_columns(replaced).to_owned();
    Entity::insert(row).on_conflict(known).exec_without_returning(tx).await.map(drop)
}

/// Lets a pending change wait until `due_at`.
pub(super) async fn set_due(tx: &DatabaseTransaction, user: UserId, due_at: DateTime<Utc>) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::DueAt, Expr::value(stored_time(due_at)))
        .filter(Column::UserId.eq(user.0))
        .exec(tx)
        .await
        .map(drop)
}

/// Deletes a pending change with its codes. `false` when there is none.
pub(super) async fn cancel(tx: &DatabaseTransaction, user: UserId) -> Result<bool, DbErr> {
    let deleted = Entity::delete_by_id(user.0).exec(tx).await?.rows_affected == 1;
    delete_codes_for(tx, user, &[CodePurpose::Change, CodePurpose::Release]).await?;
    Ok(deleted)
}
