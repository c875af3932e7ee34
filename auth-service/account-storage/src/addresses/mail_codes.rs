//! Codes that were sent: found by their asker or by their link, compared, spent.

use std::net::IpAddr;

use accounts::{
    CodeBinding, CodePurpose, Email, IssuedCode, MAX_TRIES, MailCodes, OPEN_CODES, OpenedLink, TypedCode,
    purpose_number,
};
use chrono::{DateTime, Utc};
use contracts::ids::UserId;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, ExprTrait, QueryFilter,
    QueryOrder, QuerySelect, Select,
};
use service_kit::database::stored_time;
use uuid::Uuid;

use super::code_guesses::{count_guess, refund};
use crate::entities::mail_code::{ActiveModel, Column, Entity, Model};

/// A code that was right, not spent yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenCode {
    /// Id of its row.
    pub id: Uuid,
    /// What it is bound to.
    pub binding: CodeBinding,
}

/// Holder of a code: the session, or the reset, that asked for it.
#[derive(Debug, Clone, Copy)]
pub struct CodeHolder {
    /// Id of the session or of the reset.
    pub asker: Uuid,
    /// Address of the client, if known.
    pub address: Option<IpAddr>,
}

/// Stores a code; one that was not sent only as spent. Deletes expired ones, and those of the same asker that are older
/// than the newest two.
pub(super) async fn insert(tx: &DatabaseTransaction, issued: &IssuedCode, is_sent: bool) -> Result<(), DbErr> {
    let (binding, now) = (&issued.binding, stored_time(issued.sent_at));
    Entity::delete_many().filter(Column::ExpiresAt.lt(now)).exec(tx).await?;
    let row = ActiveModel {
        id: Set(issued.id),
        purpose: Set(purpose_number(binding.purpose)),
        asker: Set(binding.asker),
        user_id: Set(binding.user.map(|user| user.0)),
        login: Set(binding.login.as_str().to_owned()),
        code_mac: Set(issued.code_mac.to_vec()),
        link_mac: Set(issued.link_mac.to_vec()),
        tries: Set(0),
        sent_at: Set(now),
        expires_at: Set(stored_time(issued.expires_at)),
        spent_at: Set((!is_sent).then_some(now)),
    };
    Entity::insert(row).exec_without_returning(tx).await?;
    let open = open_of(binding.purpose, binding.asker, issued.sent_at).all(tx).await?;
    let older: Vec<Uuid> = open.iter().skip(OPEN_CODES).map(|row| row.id).collect();
    if !older.is_empty() {
        Entity::delete_many().filter(Column::Id.is_in(older)).exec(tx).await?;
    }
    Ok(())
}

/// Compares a typed code with the newest two of its asker. `None` for a wrong one, which is counted, and when a budget
/// of wrong codes is used up. A reset may have asked for codes to several addresses: only those to the newest are
/// compared, as its account is the one whose budget a wrong code takes from.
pub(super) async fn try_code(
    tx: &DatabaseTransaction,
    codes: &MailCodes,
    purpose: CodePurpose,
    holder: CodeHolder,
    typed: &TypedCode,
    now: DateTime<Utc>,
) -> Result<Option<OpenCode>, DbErr> {
    let query = open_of(purpose, holder.asker, now).limit(OPEN_CODES as u64).lock_exclusive();
    let mut open: Vec<_> = query.all(tx).await?.into_iter().filter_map(|row| open_from(row, purpose)).collect();
    let may_try = |row: &&(Model, OpenCode)| u16::try_from(row.0.tries).is_ok_and(|tries| tries < MAX_TRIES);
    let Some((_, first)) = open.iter().find(may_try) else { return Ok(None) };
    let (subject, network) = (codes.subject(&first.binding), codes.network(holder.address));
    let login = first.binding.login.clone();
    open.retain(|(_, code)| code.binding.login == login && codes.subject(&code.binding) == subject);
    let Some(counted) = count_guess(tx, subject, &network, now).await? else { return Ok(None) };
    // All are compared, so that the time does not show which one it was.
    let right = open.iter().filter(may_try).fold(None, |right, (row, code)| {
        if codes.is_code(&code.binding, typed, &row.code_mac) { Some(code.clone()) } else { right }
    });
    if right.is_some() {
        refund(tx, counted).await?;
    } else {
        Entity::update_many()
            .col_expr(Column::Tries, Expr::col(Column::Tries).add(1_i16))
            .filter(Column::Id.is_in(open.iter().map(|(row, _)| row.id)))
            .exec(tx)
            .await?;
    }
    Ok(right)
}

/// The code of a link. `None` when it is wrong, expired or spent. It needs no budget: 256 bits cannot be guessed.
pub(super) async fn open_link(
    db: &impl ConnectionTrait,
    codes: &MailCodes,
    purpose: CodePurpose,
    opened: &OpenedLink,
    now: DateTime<Utc>,
) -> Result<Option<OpenCode>, DbErr> {
    let query = Entity::find_by_id(opened.id)
        .filter(Column::Purpose.eq(purpose_number(purpose)))
        .filter(Column::SpentAt.is_null())
        .filter(Column::ExpiresAt.gt(stored_time(now)));
    let Some((row, code)) = query.one(db).await?.and_then(|row| open_from(row, purpose)) else { return Ok(None) };
    Ok(codes.is_link(&code.binding, opened, &row.link_mac).then_some(code))
}

/// Spends a code. `false` when it was spent or has expired: of concurrent calls exactly one gets `true`.
pub(super) async fn spend(tx: &DatabaseTransaction, id: Uuid, now: DateTime<Utc>) -> Result<bool, DbErr> {
    let update = Entity::update_many()
        .col_expr(Column::SpentAt, Expr::value(stored_time(now)))
        .filter(Column::Id.eq(id))
        .filter(Column::SpentAt.is_null())
        .filter(Column::ExpiresAt.gt(stored_time(now)));
    Ok(update.exec(tx).await?.rows_affected == 1)
}

/// Deletes the codes of an account, except those of the given purpose.
pub(super) async fn delete_codes(
    tx: &DatabaseTransaction,
    user: UserId,
    except: Option<CodePurpose>,
) -> Result<(), DbErr> {
    let mut delete = Entity::delete_many().filter(Column::UserId.eq(user.0));
    if let Some(purpose) = except {
        delete = delete.filter(Column::Purpose.ne(purpose_number(purpose)));
    }
    delete.exec(tx).await.map(drop)
}

/// Deletes the codes of one purpose of an account.
pub(super) async fn delete_codes_for(
    tx: &DatabaseTransaction,
    user: UserId,
    purposes: &[CodePurpose],
) -> Result<(), DbErr> {
    Entity::delete_many()
        .filter(Column::UserId.eq(user.0))
        .filter(Column::Purpose.is_in(purposes.iter().copied().map(purpose_number)))
        .exec(tx)
        .await
        .map(drop)
}

/// Codes of an asker that can be used, newest first.
fn open_of(purpose: CodePurpose, asker: Uuid, now: DateTime<Utc>) -> Select<Entity> {
    Entity::find()
        .filter(Column::Asker.eq(asker))
        .filter(Column::Purpose.eq(purpose_number(purpose)))
        .filter(Column::SpentAt.is_null())
        .filter(Column::ExpiresAt.gt(stored_time(now)))
        .order_by_desc(Column::SentAt)
        .order_by_desc(Column::Id)
}

/// `None` for an address that is none by now.
fn open_from(row: Model, purpose: CodePurpose) -> Option<(Model, OpenCode)> {
    let (asker, user) = (row.asker, row.user_id.map(UserId));
    let binding = CodeBinding { purpose, asker, user, login: Email::parse(&row.login).ok()? };
    let code = OpenCode { id: row.id, binding };
    Some((row, code))
}
