//! Enqueuing: the row of a mail, within the budget of its address.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect, Statement,
};
use service_kit::database::stored_time;
use uuid::Uuid;

use super::entities::mail;
use super::kinds::{class, kind_number};
use super::rows::Outcome;
use crate::budget::{self, Class, Decision, RecentMail};
use crate::keys::AddressKey;
use crate::metrics;
use crate::new_mail::NewMail;

/// Validity of a code, and so of its mail.
const CODE_VALIDITY: TimeDelta = TimeDelta::minutes(15);
/// Time in which a notice is tried.
const NOTICE_VALIDITY: TimeDelta = TimeDelta::days(1);
/// Bound on the rows that a decision reads; no budget has as many.
const MAX_RECENT: u64 = 64;

/// Result of enqueuing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enqueued {
    /// It will be sent after the commit. The id is that of its row.
    Queued(Uuid),
    /// A notice of this kind was sent to the address within ten minutes, so that this one is not.
    Merged,
    /// The budget of the address or of the day is used up. A code of such a mail must not replace those that were sent.
    Withheld,
}

impl Enqueued {
    /// `true` when a mail will be sent.
    pub fn is_queued(self) -> bool {
        matches!(self, Self::Queued(_))
    }
}

/// Writes a mail in the transaction of the change it reports. Concurrent transactions with mails to one address wait
/// for each other, so this is the last statement of a transaction. Then call [`Outbox::wake`](crate::Outbox::wake).
///
/// # Errors
/// When the database is unavailable, or the system has no random bytes; then the transaction must not commit.
pub async fn enqueue(tx: &impl ConnectionTrait, new: &NewMail) -> Result<Enqueued, DbErr> {
    let (shared, mail) = (&new.shared, &new.mail);
    let key = shared.keys.address(&mail.to);
    lock_address(tx, key).await?;
    let recent = list_recent(tx, key, new.is_decoy, mail.at).await?;
    let (kind, class) = (kind_number(&mail.notification), class(&mail.notification));
    match budget::decide(&recent, kind, class, new.standing, mail.at) {
        Decision::Send if shared.is_day_spent(mail.at) => {
            metrics::record_over_day_budget();
            Ok(Enqueued::Withheld)
        }
        Decision::Send => {
            let id = Uuid::now_v7();
            insert(tx, id, key, (kind, class), new).await?;
            Ok(Enqueued::Queued(id))
        }
        Decision::Merge => {
            metrics::record_merged();
            Ok(Enqueued::Merged)
        }
        Decision::Withhold => {
            metrics::record_over_budget();
            Ok(Enqueued::Withheld)
        }
    }
}

/// Serialises decisions on one address until the end of the transaction. SQLite has one writer anyway.
async fn lock_address(tx: &impl ConnectionTrait, key: AddressKey) -> Result<(), DbErr> {
    if tx.get_database_backend() == DbBackend::Postgres {
        let sql = format!("SELECT pg_advisory_xact_lock({})", key.lock_number());
        tx.execute_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
    }
    Ok(())
}

/// Mails of the last day to an address; decoys count among themselves, so that they use up no budget.
async fn list_recent(
    tx: &impl ConnectionTrait,
    key: AddressKey,
    decoys: bool,
    now: DateTime<Utc>,
) -> Result<Vec<RecentMail>, DbErr> {
    let counts = match decoys {
        true => mail::Column::Outcome.eq(Outcome::Decoy.number()),
        false => mail::Column::Outcome
            .is_null()
            .or(mail::Column::Outcome.is_in([Outcome::Sent.number(), Outcome::Lost.number()])),
    };
    let query = mail::Entity::find()
        .select_only()
        .columns([mail::Column::CreatedAt, mail::Column::Kind])
        .filter(mail::Column::AddressKey.eq(key.0.to_vec()))
        .filter(mail::Column::CreatedAt.gt(stored_time(now - budget::PERIOD)))
        .filter(counts)
        .order_by_desc(mail::Column::CreatedAt)
        .limit(MAX_RECENT);
    let rows = query.into_tuple::<(DateTime<Utc>, i16)>().all(tx).await?;
    Ok(rows.into_iter().map(|(at, kind)| RecentMail { at, kind }).collect())
}

async fn insert(
    tx: &impl ConnectionTrait,
    id: Uuid,
    key: AddressKey,
    (kind, class): (i16, Class),
    new: &NewMail,
) -> Result<(), DbErr> {
    let sealed = new.shared.keys.seal(id, &new.mail);
    let sealed = sealed.ok_or_else(|| DbErr::Custom("a mail could not be sealed: no random bytes".to_owned()))?;
    let at = stored_time(new.mail.at);
    let (priority, validity) = match class {
        Class::Reset | Class::Code => (0, CODE_VALIDITY),
        Class::Notice => (1, NOTICE_VALIDITY),
    };
    let row = mail::ActiveModel {
        id: Set(id),
        address_key: Set(key.0.to_vec()),
        domain_key: Set(new.shared.keys.domain(&new.mail.to)),
        kind: Set(kind),
        priority: Set(priority),
        created_at: Set(at),
        expires_at: Set(at + validity),
        due_at: Set(at),
        attempts: Set(0),
        done_at: Set(new.is_decoy.then_some(at)),
        outcome: Set(new.is_decoy.then(|| Outcome::Decoy.number())),
        sealed: Set(sealed),
    };
    mail::Entity::insert(row).exec_without_returning(tx).await.map(drop)
}
