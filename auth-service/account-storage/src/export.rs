//! Everything that is stored about an account, for its owner.

use std::net::IpAddr;

use accounts::{AccountEvent, AccountEventKind, ExportedAct, ExportedEmailChange, ExportedLogin, ExportedSession};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::auth::devices::Device;
use contracts::ids::{SessionId, UserId};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use service_kit::database::{DatabaseError, stored_time};

use super::account_events;
use super::entities::{account_event, audit_event, email_change, session, user_login};
use super::identities::lock_user;
use super::outbox::{MailDraft, enqueue_to_owner};
use super::sign_ins::device_kind;
use super::store::Store;

/// Time after an export within which there is no other.
const INTERVAL: TimeDelta = TimeDelta::hours(24);
/// Maximum number of sessions, logins and acts. An account has fewer: live sessions are bounded, ended ones are deleted.
const MAX_ROWS: u64 = 10_000;

/// Reasons why nothing was exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The last export was within a day; the next one is possible after this time.
    #[error("the account was exported within a day")]
    TooSoon(TimeDelta),
    /// There is no such account.
    #[error("there is no such account")]
    NoSuchUser,
    /// SQL failed.
    #[error("the account could not be read")]
    Storage(#[from] DatabaseError),
}

impl Store {
    /// Time until the next export of an account; zero when it may be exported at `now`.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn time_until_export(&self, id: UserId, now: DateTime<Utc>) -> Result<TimeDelta, DatabaseError> {
        Ok(wait(&self.db, id, now).await?)
    }

    /// Records an export in the history of the account, which permits no other within a day, and mails its owner. It is
    /// recorded after everything was read: an export that fails is none.
    ///
    /// # Errors
    /// [`ExportError`].
    pub async fn record_export(
        &self,
        id: UserId,
        now: DateTime<Utc>,
        address: Option<IpAddr>,
        mail: Option<&MailDraft>,
    ) -> Result<(), ExportError> {
        let work = async |tx: &DatabaseTransaction| {
            let Some(user) = lock_user(tx, id).await? else { return Ok(Err(ExportError::NoSuchUser)) };
            let wait = wait(tx, id, now).await?;
            if wait > TimeDelta::zero() {
                return Ok(Err(ExportError::TooSoon(wait)));
            }
            let (kind, subject) = (AccountEventKind::DataExported, String::new());
            account_events::insert(tx, &AccountEvent { user_id: id, at: now, kind, subject, address }).await?;
            enqueue_to_owner(tx, user.email.as_ref(), mail).await?;
            Ok(Ok(()))
        };
        self.write(work).await?
    }

    /// All sessions of a user that are stored, the most recently used first.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn list_stored_sessions(&self, id: UserId) -> Result<Vec<ExportedSession>, DatabaseError> {
        let query = session::Entity::find()
            .filter(session::Column::UserId.eq(id.0))
            .order_by_desc(session::Column::LastUsedAt)
            .limit(MAX_ROWS);
        let rows = query.all(&self.db).await?.into_iter();
        let exported = rows.map(|row| ExportedSession {
            id: SessionId(row.id),
            device: Device { kind: device_kind(row.device_kind), name: row.device_name },
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            expires_at: row.expires_at,
            ended_at: row.ended_at,
        });
        Ok(exported.collect())
    }
}

impl Store {
    /// All logins of an account.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn list_stored_logins(&self, id: UserId) -> Result<Vec<ExportedLogin>, DatabaseError> {
        let query = user_login::Entity::find().filter(user_login::Column::UserId.eq(id.0)).limit(MAX_ROWS);
        let rows = query.all(&self.db).await?.into_iter();
        Ok(rows.map(|row| ExportedLogin { login: row.login, proved_at: row.proved_at }).collect())
    }

    /// The pending change of the e-mail of an account.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn find_stored_email_change(&self, id: UserId) -> Result<Option<ExportedEmailChange>, DatabaseError> {
        let row = email_change::Entity::find_by_id(id.0).one(&self.db).await?;
        Ok(row.map(|row| ExportedEmailChange { new_email: row.new_login, asked_at: row.asked_at, due_at: row.due_at }))
    }

    /// Acts of operators on an account, newest first.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn list_acts_on(&self, id: UserId) -> Result<Vec<ExportedAct>, DatabaseError> {
        let query = audit_event::Entity::find()
            .filter(audit_event::Column::UserId.eq(id.0))
            .order_by_desc(audit_event::Column::At)
            .limit(MAX_ROWS);
        let rows = query.all(&self.db).await?.into_iter();
        Ok(rows.map(|row| ExportedAct { at: row.at, action: row.action, outcome: row.outcome }).collect())
    }
}

/// Time until the next export.
async fn wait(db: &impl ConnectionTrait, id: UserId, now: DateTime<Utc>) -> Result<TimeDelta, DbErr> {
    let last = account_event::Entity::find()
        .filter(account_event::Column::UserId.eq(id.0))
        .filter(account_event::Column::At.gt(stored_time(now - INTERVAL)))
        .filter(account_event::Column::Kind.eq(account_events::number(AccountEventKind::DataExported)))
        .order_by_desc(account_event::Column::At)
        .one(db)
        .await?;
    Ok(last.map_or_else(TimeDelta::zero, |last| (last.at + INTERVAL - now).max(TimeDelta::zero())))
}
