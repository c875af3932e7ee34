//! Resets of passwords by a code or a link from the mailbox.

use std::net::IpAddr;

use accounts::{
    AccountEvent, AccountEventKind, Cell, ClientContext, CodeBinding, CodePurpose, Email, EndReason, Identity,
    OpenedLink, TypedCode, User, UserKey, UserStatus,
};
use chrono::{DateTime, Utc};
use contracts::ids::{SessionId, UserId};
use credentials::hashing::PasswordHash;
use mailer::Notification;
use sea_orm::sea_query::Expr;
use sea_orm::{DatabaseTransaction, DbErr, EntityTrait, QueryFilter};
use service_kit::database::{DatabaseError, stored_time};
use token_verifier::Cutoff;
use uuid::Uuid;

use super::code_mailer::CodeMailer;
use super::mail_codes::{self, CodeHolder, OpenCode, open_link, try_code};
use super::ownership::{keep, record};
use crate::account_events;
use crate::active_sessions::end_others;
use crate::entities::{email_change, identity, user};
use crate::identities::{lock_user, of_user};
use crate::logins::{lock_login, prove_login};
use crate::outbox::{Standing, enqueue};
use crate::store::Store;
use crate::users::{by_email, by_id, by_key, key_is, user_from};

/// Request for a code that resets a password.
#[derive(Debug)]
pub struct ResetRequest<'a> {
    /// Id of the reset; codes are typed with it.
    pub id: Uuid,
    /// The address.
    pub email: &'a Email,
    /// Location and language of the client.
    pub client: &'a ClientContext,
    /// Current time.
    pub at: DateTime<Utc>,
}

/// A completed reset.
#[derive(Debug, Clone)]
pub struct CompletedReset {
    /// The account.
    pub user: UserId,
    /// Cut-off that ended all sessions, access tokens and known devices.
    pub cutoff: Cutoff,
    /// `true` when the account was only claimed, and now belongs to the owner of the mailbox.
    pub handed_over: bool,
    /// Identities that were unlinked because they do not vouch for the address.
    pub unlinked: Vec<Identity>,
}

impl Store {
    /// Sends a code to the owner of an address. An unknown address, and that of a disabled account, costs the same
    /// statements and gets no mail.
    ///
    /// # Errors
    /// When the database is unavailable; then nothing is sent.
    pub async fn begin_email_reset(
        &self,
        mailer: &CodeMailer,
        request: &ResetRequest<'_>,
    ) -> Result<(), DatabaseError> {
        self.write(async |tx| {
            let login = by_email(request.email).one(tx).await?;
            let id = login.as_ref().map_or_else(UserId::new, |login| UserId(login.user_id));
            let directory = by_id(id).one(tx).await?;
            let cell = directory.map_or(Cell::UNPLACED, |row| Cell::new(row.cell));
            let user = by_key(UserKey { id, cell }).one(tx).await?.map(user_from);
            let user = user.filter(|user| user.status == UserStatus::Active);
            let is_proved = login.is_none_or(|login| login.proved_at.is_some()); // decoys count as those of owners
            let standing = if is_proved { Standing::Proved } else { Standing::Unproved };
            let (purpose, user) = (CodePurpose::Reset, user.map(|user| user.key.id));
            let binding = CodeBinding { purpose, asker: request.id, user, login: request.email.clone() };
            mailer.send_code(tx, binding, (standing, user.is_none()), request.client, request.at).await
        })
        .await
    }

    /// Compares a typed code of a reset. `None` for a wrong one, which is counted. A right one is not spent.
    ///
    /// # Errors
    /// When the database is unavailable; then no guess is counted.
    pub async fn try_reset_code(
        &self,
        mailer: &CodeMailer,
        holder: CodeHolder,
        typed: &TypedCode,
        now: DateTime<Utc>,
    ) -> Result<Option<OpenCode>, DatabaseError> {
        self.write(async |tx| try_code(tx, mailer.codes(), CodePurpose::Reset, holder, typed, now).await).await
    }

    /// The code of a link, if it can be used for this purpose at `now`. Writes nothing.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn find_code_by_link(
        &self,
        mailer: &CodeMailer,
        purpose: CodePurpose,
        opened: &OpenedLink,
        now: DateTime<Utc>,
    ) -> Result<Option<OpenCode>, DatabaseError> {
        Ok(open_link(&self.db, mailer.codes(), purpose, opened, now).await?)
    }

    /// Spends the code of a reset, sets the password, and ends all sessions, access tokens and known devices of the
    /// account, its other codes and a pending change of its address. A claimed account is handed over to the owner of
    /// the mailbox: identities that do not vouch for the address are unlinked, and the birth date may be set again. Data
    /// and roles stay. `None` when the code was spent, the address has another owner by now, or the account is disabled.
    ///
    /// # Errors
    /// When the database is unavailable; then nothing was changed, and the code is not spent.
    pub async fn complete_email_reset(
        &self,
        mailer: &CodeMailer,
        code: &OpenCode,
        hash: &PasswordHash,
        client: &ClientContext,
        at: DateTime<Utc>,
    ) -> Result<Option<CompletedReset>, DatabaseError> {
        self.write(async |tx| {
            let (Some(owner), email) = (code.binding.user, &code.binding.login) else { return Ok(None) };
            let Some(login) = lock_login(tx, email).await?.filter(|login| login.user.id == owner) else {
                return Ok(None);
            };
            let user = lock_user(tx, owner).await?.filter(|user| user.status == UserStatus::Active);
            let Some(user) = user else { return Ok(None) };
            if !mail_codes::spend(tx, code.id, at).await? {
                return Ok(None);
            }
            let handed_over = login.is_claim();
            set_password(tx, user.key, hash, handed_over, at).await?;
            let unlinked = if handed_over {
                prove_login(tx, owner, email, at).await?;
                unlink_others(tx, &user, email, client.location.address, at).await?
            } else {
                Vec::new()
            };
            // Who took over a proved address does not take with it the undo of its former owner.
            let except = (!handed_over).then_some(CodePurpose::Undo);
            mail_codes::delete_codes(tx, owner, except).await?;
            email_change::Entity::delete_by_id(owner.0).exec(tx).await?;
            keep(tx, owner).await?;
            record(tx, owner, AccountEventKind::PasswordReset, client.location.address, at).await?;
            let none = SessionId(Uuid::nil()); // no session is kept
            let cutoff = end_others(tx, owner, none, EndReason::PasswordChanged, at).await?;
            let notice = mailer.notice(client, Notification::PasswordRecovered);
            enqueue(tx, &notice.to(email.as_str(), Standing::Proved)).await?;
            Ok(Some(CompletedReset { user: owner, cutoff, handed_over, unlinked }))
        })
        .await
    }
}

/// Writes the password; with `handed_over` the birth date may be set again.
async fn set_password(
    tx: &DatabaseTransaction,
    key: UserKey,
    hash: &PasswordHash,
    handed_over: bool,
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let mut update = user::Entity::update_many()
        .col_expr(user::Column::PasswordHash, Expr::value(hash.as_str().to_owned()))
        .col_expr(user::Column::UpdatedAt, Expr::value(stored_time(at)));
    if handed_over {
        update = update.col_expr(user::Column::BirthDate, Expr::value(Option::<chrono::NaiveDate>::None));
    }
    update.filter(key_is(key)).exec(tx).await.map(drop)
}

/// Unlinks the identities that do not vouch for the address. Requires the lock on the row of the directory.
async fn unlink_others(
    tx: &DatabaseTransaction,
    user: &User,
    email: &Email,
    address: Option<IpAddr>,
    at: DateTime<Utc>,
) -> Result<Vec<Identity>, DbErr> {
    let linked = of_user(tx, user.key.id).await?;
    let others: Vec<_> = linked.into_iter().filter(|identity| identity.vouched_login.as_ref() != Some(email)).collect();
    for one in &others {
        let key = (one.key.provider.as_str().to_owned(), one.key.subject.clone());
        identity::Entity::delete_by_id(key).exec(tx).await?;
        let (kind, subject) = (AccountEventKind::SocialUnlinked, one.key.provider.as_str().to_owned());
        account_events::insert(tx, &AccountEvent { user_id: user.key.id, at, kind, subject, address }).await?;
    }
    Ok(others)
}
