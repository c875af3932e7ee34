//! Claims of the worker: each mail has one owner at a time, until its claim ends.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::sea_query::{Expr, ExprTrait, LockBehavior, LockType, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use service_kit::database::{DatabaseError, Transactions, WriteRetries, stored_time};
use uuid::Uuid;

use super::entities::{mail, mail_day};
use crate::new_mail::day_number;

/// Length of a claim. Longer than an attempt: then a mail is claimed again only when its process has died.
pub(crate) const CLAIM: TimeDelta = TimeDelta::minutes(2);
/// Maximum number of attempts.
const MAX_ATTEMPTS: i16 = 6;
/// Retention of a row that is done.
const RETENTION: TimeDelta = TimeDelta::days(1);
/// Retention of the numbers of a day.
const DAYS_KEPT: i64 = 7;

/// Outbox of a database, as the worker uses it.
#[derive(Clone)]
pub struct MailRows {
    transactions: Transactions,
}

/// Final state of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The mail server has accepted it.
    Sent,
    /// No attempt succeeded.
    Lost,
    /// The budget of the day was used up.
    OverDayBudget,
    /// It was never to be sent.
    Decoy,
}

impl Outcome {
    /// Number in `mails.outcome`.
    pub(super) const fn number(self) -> i16 {
        match self {
            Self::Sent => 1,
            Self::Lost => 2,
            Self::OverDayBudget => 3,
            Self::Decoy => 4,
        }
    }
}

/// A mail claimed for one attempt.
#[derive(Debug, Clone)]
pub struct ClaimedMail {
    /// Id of the row.
    pub id: Uuid,
    /// The sealed mail.
    pub sealed: Vec<u8>,
    /// Number of this attempt, from 1.
    pub attempts: i16,
    /// Time from which it would be useless.
    pub expires_at: DateTime<Utc>,
    /// Key of the recipient's domain.
    pub domain: i64,
    /// `true` for codes.
    pub is_code: bool,
}

/// Mails that the worker can take now.
#[derive(Debug, Clone, Default)]
pub(crate) struct ClaimFilter {
    /// Domains with as many deliveries as they may have.
    pub busy_domains: Vec<i64>,
    /// `true` leaves the remaining slots to codes.
    pub only_codes: bool,
}

/// Result of a claim.
#[derive(Debug)]
pub(crate) enum Claim {
    /// One attempt is to be made.
    Mail(ClaimedMail),
    /// Its time is over; it is done.
    Expired(Uuid),
    /// The budget of the day is used up; it is done.
    OverDayBudget,
}

impl MailRows {
    /// Rows in the database of `transactions`.
    pub fn new(transactions: Transactions) -> Self {
        Self { transactions }
    }

    /// Claims the first due mail: codes first, then by time. `None` when none is due.
    pub(crate) async fn claim(
        &self,
        now: DateTime<Utc>,
        filter: &ClaimFilter,
        mails_per_day: i64,
    ) -> Result<Option<Claim>, DatabaseError> {
        // Most polls find nothing: they take no write lock.
        let db = self.transactions.database();
        if db.statement(due(now, filter).one(db.pool())).await?.is_none() {
            return Ok(None);
        }
        let work = async {
            let mut retries = WriteRetries::default();
            loop {
                match self.claim_once(now, filter, mails_per_day).await {
                    Ok(claim) => return Ok(claim),
                    Err(error) => retries.pause_after(error).await?,
                }
            }
        };
        self.transactions.bounded_write(work).await
    }

    async fn claim_once(
        &self,
        now: DateTime<Utc>,
        filter: &ClaimFilter,
        mails_per_day: i64,
    ) -> Result<Option<Claim>, DbErr> {
        let write = self.transactions.begin().await?;
        let tx = write.connection();
        let free = due(now, filter).lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
        let Some(row) = free.one(tx).await? else { return Ok(None) };
        let claim = if row.expires_at <= now || row.attempts >= MAX_ATTEMPTS {
            finish(tx, row.id, Outcome::Lost, now).await?;
            Claim::Expired(row.id)
        } else if row.attempts == 0 && !count_mail(tx, now, mails_per_day).await? {
            finish(tx, row.id, Outcome::OverDayBudget, now).await?;
            Claim::OverDayBudget
        } else {
            Claim::Mail(take(tx, row, now).await?)
        };
        write.commit().await?;
        Ok(Some(claim))
    }

    /// Records the final state of a mail, and erases its contents.
    ///
    /// # Errors
    /// When the database is unavailable; then the mail is sent again when its claim ends.
    pub(crate) async fn finish(&self, id: Uuid, outcome: Outcome, now: DateTime<Utc>) -> Result<(), DatabaseError> {
        self.write(|| finish(self.transactions.database(), id, outcome, now)).await
    }

    /// Puts the next attempt off, unless the mail was claimed again meanwhile.
    ///
    /// # Errors
    /// When the database is unavailable; then the next attempt is made when the claim ends.
    pub(crate) async fn put_off(&self, mail: &ClaimedMail, due_at: DateTime<Utc>) -> Result<(), DatabaseError> {
        let update = mail::Entity::update_many()
            .col_expr(mail::Column::DueAt, Expr::value(stored_time(due_at)))
            .filter(mail::Column::Id.eq(mail.id))
            .filter(mail::Column::Attempts.eq(mail.attempts))
            .filter(mail::Column::DoneAt.is_null());
        self.write(|| async { update.clone().exec(self.transactions.database()).await.map(drop) }).await
    }

    /// Deletes rows that have been done for a day.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub(crate) async fn delete_done(&self, now: DateTime<Utc>) -> Result<(), DatabaseError> {
        let db = self.transactions.database();
        let mails = mail::Entity::delete_many().filter(mail::Column::DoneAt.lt(stored_time(now - RETENTION)));
        self.write(|| async { mails.clone().exec(db).await.map(drop) }).await?;
        let days = mail_day::Entity::delete_many().filter(mail_day::Column::Day.lt(day_number(now) - DAYS_KEPT));
        self.write(|| async { days.clone().exec(db).await.map(drop) }).await
    }

    /// Runs one statement as a write of its own.
    async fn write<F: Future<Output = Result<(), DbErr>>>(
        &self,
        statement: impl Fn() -> F,
    ) -> Result<(), DatabaseError> {
        let work = async {
            let mut retries = WriteRetries::default();
            loop {
                let turn = self.transactions.write_turn().await;
                let Err(error) = statement().await else { return Ok(()) };
                drop(turn);
                retries.pause_after(error).await?;
            }
        };
        self.transactions.bounded_write(work).await
    }
}

/// The due mails that `filter` permits, in the order in which they are claimed.
fn due(now: DateTime<Utc>, filter: &ClaimFilter) -> Select<mail::Entity> {
    let mut query = mail::Entity::find()
        .filter(mail::Column::DoneAt.is_null())
        .filter(mail::Column::DueAt.lte(stored_time(now)))
        .order_by_asc(mail::Column::Priority)
        .order_by_asc(mail::Column::DueAt)
        .limit(1);
    if filter.only_codes {
        query = query.filter(mail::Column::Priority.eq(0));
    }
    if !filter.busy_domains.is_empty() {
        query = query.filter(mail::Column::DomainKey.is_not_in(filter.busy_domains.iter().copied()));
    }
    query
}

/// Starts an attempt.
async fn take(tx: &impl ConnectionTrait, row: mail::Model, now: DateTime<Utc>) -> Result<ClaimedMail, DbErr> {
    let attempts = row.attempts + 1;
    mail::Entity::update_many()
        .col_expr(mail::Column::Attempts, Expr::value(attempts))
        .col_expr(mail::Column::DueAt, Expr::value(stored_time(now + CLAIM)))
        .filter(mail::Column::Id.eq(row.id))
        .exec(tx)
        .await?;
    let (id, sealed, expires_at) = (row.id, row.sealed, row.expires_at);
    Ok(ClaimedMail { id, sealed, attempts, expires_at, domain: row.domain_key, is_code: row.priority == 0 })
}

/// Counts a mail in the budget of the day. `false` when that is used up.
async fn count_mail(tx: &impl ConnectionTrait, now: DateTime<Utc>, mails_per_day: i64) -> Result<bool, DbErr> {
    let (day, mails) = (mail_day::Column::Day, mail_day::Column::Mails);
    let mails = (mail_day::Entity, mails);
    let conflict = OnConflict::column(day)
        .value(mails.1, Expr::col(mails).add(1))
        .action_and_where(Expr::col(mails).lt(mails_per_day))
        .to_owned();
    let first = mail_day::ActiveModel { day: Set(day_number(now)), mails: Set(1) };
    let counted = mail_day::Entity::insert(first).on_conflict(conflict).exec_without_returning(tx).await?;
    Ok(counted == 1)
}

async fn finish(db: &impl ConnectionTrait, id: Uuid, outcome: Outcome, now: DateTime<Utc>) -> Result<(), DbErr> {
    mail::Entity::update_many()
        .col_expr(mail::Column::DoneAt, Expr::value(stored_time(now)))
        .col_expr(mail::Column::Outcome, Expr::value(outcome.number()))
        .col_expr(mail::Column::Sealed, Expr::value(Vec::<u8>::new()))
        .filter(mail::Column::Id.eq(id))
        .filter(mail::Column::DoneAt.is_null())
        .exec(db)
        .await
        .map(drop)
}
