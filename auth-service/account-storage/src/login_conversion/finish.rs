//! The second step: old rows go, and each mailbox has one account.

use accounts::{AuditAction, AuditContext, AuditEvent, AuditOutcome, Email, UserKey};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use service_kit::database::DatabaseError;

use super::scan::mailbox;
use super::{LoginConversion, Mailbox, MailboxMember};
use crate::audit_events;
use crate::entities::user_login;
use crate::logins::set_email;
use crate::users::{EMAIL, FORMER_SPELLING, lock};

/// Result of the conversion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FinishedLogins {
    /// Accounts with a login that is canonical now.
    pub converted: u64,
    /// Accounts that sign in by their old spelling and have no e-mail.
    pub former_only: u64,
}

impl LoginConversion {
    /// Ends the conversion, one mailbox a transaction, with an audit event for each of its accounts. Old replicas no
    /// longer find the converted logins. Safe beside new replicas, and safe to repeat.
    ///
    /// # Errors
    /// When the database is unavailable; a repetition continues.
    pub async fn finish(&self, context: &AuditContext) -> Result<FinishedLogins, DatabaseError> {
        let mut done = FinishedLogins::default();
        for seen in self.scan().await? {
            let (converted, former_only) =
                self.store.write(async |tx| convert_mailbox(tx, &seen, context).await).await?;
            done.converted += converted;
            done.former_only += former_only;
        }
        Ok(done)
    }
}

/// Locks the logins, then the directory rows in the order of their ids, and decides again from what is there now.
async fn convert_mailbox(
    tx: &DatabaseTransaction,
    seen: &Mailbox,
    context: &AuditContext,
) -> Result<(u64, u64), DbErr> {
    let canonical = seen.email.iter().map(|email| email.as_str().to_owned());
    let logins: Vec<String> =
        canonical.chain(seen.members.iter().flat_map(|member| member.logins.iter().cloned())).collect();
    let locked = user_login::Entity::find()
        .filter(user_login::Column::Kind.eq(EMAIL))
        .filter(user_login::Column::Login.is_in(logins.clone()))
        .order_by_asc(user_login::Column::Login)
        .lock_exclusive();
    locked.all(tx).await?;
    let current = mailbox(tx, seen.email.clone(), logins).await?;
    let mut ids: Vec<_> = current.members.iter().map(|member| member.user).collect();
    ids.sort_by_key(|id| id.0);
    let mut cells = Vec::new();
    for id in ids {
        cells.push((id, lock(tx, id).await?));
    }
    let key_of = |member: &MailboxMember| {
        let (_, cell) = cells.iter().find(|(id, _)| *id == member.user)?;
        cell.map(|cell| UserKey { id: member.user, cell })
    };
    // Others first: they make room for the row of the keeper.
    let others = if current.email.is_some() { current.members.get(1..).unwrap_or_default() } else { &current.members };
    for member in others {
        keep_spelling(tx, member, current.email.as_ref()).await?;
        if let Some(key) = key_of(member) {
            set_email(tx, key, None, context.at).await?;
        }
        record(tx, context, member, "former_spelling").await?;
    }
    let former_only = others.len() as u64;
    let (Some(email), Some(keeper)) = (&current.email, current.members.first()) else { return Ok((0, former_only)) };
    take_address(tx, keeper, email).await?;
    if let Some(key) = key_of(keeper) {
        set_email(tx, key, Some(email), context.at).await?;
    }
    record(tx, context, keeper, "email").await?;
    Ok((1, former_only))
}

/// Records what an account signs in by from now on.
async fn record(
    tx: &DatabaseTransaction,
    context: &AuditContext,
    member: &MailboxMember,
    subject: &str,
) -> Result<(), DbErr> {
    let (action, outcome) = (AuditAction::ConvertLogin, AuditOutcome::Done);
    audit_events::insert(tx, &AuditEvent { context, action, user_id: Some(member.user), subject, outcome }).await
}

/// Leaves the account one login: its old spelling, as such.
async fn keep_spelling(tx: &DatabaseTransaction, member: &MailboxMember, email: Option<&Email>) -> Result<(), DbErr> {
    let spelling = member.spelling(email);
    for login in &member.logins {
        if login == spelling {
            let update = user_login::Entity::update_many()
                .col_expr(user_login::Column::Kind, Expr::value(FORMER_SPELLING))
                .filter(row_is(member, login));
            update.exec(tx).await?;
        } else {
            user_login::Entity::delete_many().filter(row_is(member, login)).exec(tx).await?;
        }
    }
    Ok(())
}

/// Leaves the account one login: the canonical address. A row that becomes it keeps its other columns.
async fn take_address(tx: &DatabaseTransaction, member: &MailboxMember, email: &Email) -> Result<(), DbErr> {
    let mut has_address = member.logins.iter().any(|login| login == email.as_str());
    for login in member.logins.iter().filter(|login| *login != email.as_str()) {
        if has_address {
            user_login::Entity::delete_many().filter(row_is(member, login)).exec(tx).await?;
        } else {
            let update = user_login::Entity::update_many()
                .col_expr(user_login::Column::Login, Expr::value(email.as_str()))
                .filter(row_is(member, login));
            update.exec(tx).await?;
            has_address = true;
        }
    }
    Ok(())
}

fn row_is(member: &MailboxMember, login: &str) -> Condition {
    Condition::all()
        .add(user_login::Column::Kind.eq(EMAIL))
        .add(user_login::Column::Login.eq(login))
        .add(user_login::Column::UserId.eq(member.user.0))
}
