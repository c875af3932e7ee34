//! Unused claims: a mail first, and their deletion 30 days later. Accounts that lost their only sign-in method
//! are deleted after 30 days without a session. A proved login, and a role, keep an account.

use std::collections::HashSet;

use accounts::{ClientContext, Email, User};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::ids::UserId;
use mailer::Notification;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use service_kit::database::{DatabaseError, stored_time};
use uuid::Uuid;

use super::addresses::{CodeMailer, KEEP_WITHOUT_WAY_IN, expire_at, find_user, has_identity, keep, lock_accounts};
use super::deletions::{DeleteUserError, Deleted, delete};
use super::entities::{claim_expiry, session, user_login, user_role};
use super::logins::lock_login;
use super::outbox::{Standing, enqueue};
use super::role_lock::lock_roles;
use super::store::Store;
use super::users::{EMAIL, by_email};

/// Time between the mail and the deletion.
const WARN_BEFORE: TimeDelta = TimeDelta::days(30);

/// When unused claims end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClaimPolicy {
    /// Time without a session after which a claim is deleted; more than 30 days.
    pub keep: TimeDelta,
    /// Maximum number of warnings in an hour. An import makes claims that are idle at the same time: all their warnings
    /// at once would use up the mails of a day, and most would not be sent.
    pub warnings_per_hour: u32,
}

impl Default for ClaimPolicy {
    fn default() -> Self {
        Self { keep: TimeDelta::days(180), warnings_per_hour: 50 }
    }
}

impl ClaimPolicy {
    /// A claim without a session since then is warned.
    fn idle_since(self, now: DateTime<Utc>) -> DateTime<Utc> {
        now - (self.keep - WARN_BEFORE)
    }
}

/// A page of claimed logins.
#[derive(Debug, Clone, Default)]
pub struct ClaimPage {
    /// The last login of the page; `None` when there are no more.
    pub last: Option<String>,
    /// Those that are to be warned, with their accounts.
    pub idle: Vec<(Email, UserId)>,
}

/// A deleted claim; `None` when the account is kept.
pub type ExpiredClaim = Option<Deleted>;

impl Store {
    /// The next `limit` claimed logins after `after`, and those of them that no session has used for so long that they are
    /// to be warned. Only those are worth a transaction.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn list_idle_claims(
        &self,
        after: Option<&str>,
        limit: u64,
        policy: ClaimPolicy,
        now: DateTime<Utc>,
    ) -> Result<ClaimPage, DatabaseError> {
        let mut query = user_login::Entity::find()
            .filter(user_login::Column::Kind.eq(EMAIL))
            .filter(user_login::Column::ProvedAt.is_null());
        if let Some(after) = after {
            query = query.filter(user_login::Column::Login.gt(after));
        }
        let rows = query.order_by_asc(user_login::Column::Login).limit(limit).all(&self.db).await?;
        let ids: Vec<Uuid> = rows.iter().map(|row| row.user_id).collect();
        let used = session::Entity::find()
            .select_only()
            .column(session::Column::UserId)
            .distinct()
            .filter(session::Column::UserId.is_in(ids.iter().copied()))
            .filter(session::Column::LastUsedAt.gt(stored_time(policy.idle_since(now))))
            .into_tuple::<Uuid>();
        let warned = claim_expiry::Entity::find()
            .select_only()
            .column(claim_expiry::Column::UserId)
            .filter(claim_expiry::Column::UserId.is_in(ids))
            .into_tuple::<Uuid>();
        let mut kept: HashSet<Uuid> = used.all(&self.db).await?.into_iter().collect();
        kept.extend(warned.all(&self.db).await?);
        let last = rows.last().map(|row| row.login.clone());
        let idle = rows.into_iter().filter(|row| !kept.contains(&row.user_id));
        let idle = idle.filter_map(|row| Some((Email::parse(&row.login).ok()?, UserId(row.user_id)))).collect();
        Ok(ClaimPage { last, idle })
    }

    /// Warns the mailbox of a claim that will be deleted in 30 days, unless a session is used. `true` when it was warned
    /// now. A claim whose warning is withheld, by the budget of its address or of the day, stays.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn warn_idle_claim(
        &self,
        mailer: &CodeMailer,
        (email, owner): (&Email, UserId),
        policy: ClaimPolicy,
        now: DateTime<Utc>,
    ) -> Result<bool, DatabaseError> {
        self.write(async |tx| {
            let login = lock_login(tx, email).await?.filter(|login| login.user.id == owner && login.is_claim());
            if login.is_none() || lock_accounts(tx, &[owner]).await?.is_empty() {
                return Ok(false);
            }
            let Some(user) = find_user(tx, owner).await? else { return Ok(false) };
            let is_warned = claim_expiry::Entity::find_by_id(owner.0).one(tx).await?.is_some();
            if is_warned || has_role(tx, owner).await? || last_used(tx, &user).await? > policy.idle_since(now) {
                return Ok(false);
            }
            let deleted_at = now + WARN_BEFORE;
            let notice = mailer.notice(&ClientContext::default(), Notification::ClaimExpiring { deleted_at });
            let notice = match mailer.not_me(owner, email) {
                Some(link) => notice.with_not_me(link),
                None => notice,
            };
            if !enqueue(tx, &notice.to(email.as_str(), Standing::Unproved)).await?.is_queued() {
                return Ok(false);
            }
            expire_at(tx, owner, deleted_at).await?;
            Ok(true)
        })
        .await
    }

    /// Accounts that are to be deleted at `now` unless they are used, at most `limit`.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn list_due_claims(&self, now: DateTime<Utc>, limit: u64) -> Result<Vec<UserId>, DatabaseError> {
        let query = claim_expiry::Entity::find()
            .select_only()
            .column(claim_expiry::Column::UserId)
            .filter(claim_expiry::Column::DueAt.lte(stored_time(now)))
            .limit(limit)
            .into_tuple::<Uuid>();
        Ok(query.all(&self.db).await?.into_iter().map(UserId).collect())
    }

    /// Deletes an account whose time is over, if it still is a claim or without a sign-in method, has no role, and no
    /// session has used it; else records that it is kept, or when to look again.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn delete_due_claim(
        &self,
        owner: UserId,
        policy: ClaimPolicy,
        now: DateTime<Utc>,
    ) -> Result<ExpiredClaim, DatabaseError> {
        self.write(async |tx| {
            lock_roles(tx).await?; // before accounts, as every deletion
            lock_accounts(tx, &[owner]).await?;
            let row = claim_expiry::Entity::find_by_id(owner.0).one(tx).await?;
            let (Some(user), Some(_)) = (find_user(tx, owner).await?, row.filter(|row| row.due_at <= now)) else {
                return Ok(None);
            };
            match decide(tx, &user, policy, now).await? {
                Due::Keep => keep(tx, owner).await.map(|()| None),
                Due::LookAgain(at) => expire_at(tx, owner, at).await.map(|()| None),
                Due::Delete => match delete(tx, owner, now, None).await? {
                    Ok(deleted) => Ok(Some(deleted)),
                    Err(DeleteUserError::LastAdmin | DeleteUserError::NoSuchUser | DeleteUserError::Storage(_)) => {
                        keep(tx, owner).await.map(|()| None)
                    }
                },
            }
        })
        .await
    }
}

/// Decision on an account after its time.
enum Due {
    Keep,
    LookAgain(DateTime<Utc>),
    Delete,
}

async fn decide(tx: &DatabaseTransaction, user: &User, policy: ClaimPolicy, now: DateTime<Utc>) -> Result<Due, DbErr> {
    let id = user.key.id;
    let login = match &user.email {
        Some(email) => by_email(email).one(tx).await?,
        None => None,
    };
    let is_proved = login.is_some_and(|login| login.user_id == id.0 && login.proved_at.is_some());
    if is_proved || has_role(tx, id).await? {
        return Ok(Due::Keep);
    }
    let used = last_used(tx, user).await?;
    if user.email.is_some() {
        return Ok(if used > now - policy.keep { Due::Keep } else { Due::Delete });
    }
    if has_identity(tx, id).await? {
        return Ok(Due::Keep);
    }
    let end = used + KEEP_WITHOUT_WAY_IN;
    Ok(if end > now { Due::LookAgain(end) } else { Due::Delete })
}

async fn has_role(db: &impl ConnectionTrait, id: UserId) -> Result<bool, DbErr> {
    Ok(user_role::Entity::find().filter(user_role::Column::UserId.eq(id.0)).one(db).await?.is_some())
}

/// Time of the last use of a session, or of the creation of the account: of its id, when it was imported with an earlier
/// `created_at`.
async fn last_used(db: &impl ConnectionTrait, user: &User) -> Result<DateTime<Utc>, DbErr> {
    let query = session::Entity::find()
        .select_only()
        .column(session::Column::LastUsedAt)
        .filter(session::Column::UserId.eq(user.key.id.0))
        .order_by_desc(session::Column::LastUsedAt)
        .limit(1)
        .into_tuple::<DateTime<Utc>>();
    let used = query.one(db).await?.into_iter().chain(inserted_at(user.key.id));
    Ok(used.fold(user.created_at, DateTime::max))
}

/// Time in an id (UUIDv7).
fn inserted_at(id: UserId) -> Option<DateTime<Utc>> {
    let (seconds, nanos) = id.0.get_timestamp()?.to_unix();
    DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanos)
}
