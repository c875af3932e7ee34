//! Deletion of accounts.
//!
//! The row of the directory stays for [`DELETED_KEPT`](super::DELETED_KEPT), marked and without personal data: sessions
//! and cut-offs refer to it, and other replicas must read those to revoke the account's tokens.

use account_partitions::storage::DELETED;
use accounts::{EndReason, Identity, User};
use chrono::{DateTime, Utc};
use contracts::ids::{SessionId, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QuerySelect};
use service_kit::database::{DatabaseError, stored_time};
use token_verifier::Cutoff;
use uuid::Uuid;

use super::addresses::forget_addresses;
use super::cutoffs::cut_off;
use super::device_authorizations::delete_devices_of;
use super::end_reasons::reason_number;
use super::entities::{
    account_event, identity, session, sign_in, user, user_directory, user_login, user_role, user_unlock,
};
use super::identities::lock_user;
use super::outbox::{MailDraft, enqueue, mail_to_owner};
use super::role_lock::{is_last_admin, lock_roles};
use super::store::Store;
use super::users::key_is;

/// Reasons why an account was not deleted; nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum DeleteUserError {
    /// It is the last administrator.
    #[error("this is the last administrator")]
    LastAdmin,
    /// There is no such account.
    #[error("there is no such account")]
    NoSuchUser,
    /// SQL failed.
    #[error("the account could not be deleted")]
    Storage(#[from] DatabaseError),
}

/// A deleted account.
#[derive(Debug, Clone)]
pub struct Deleted {
    /// The account before its deletion.
    pub user: User,
    /// Its identities.
    pub identities: Vec<Identity>,
    /// Its sessions, which have ended.
    pub sessions: Vec<SessionId>,
    /// Cut-off of its access tokens.
    pub cutoff: Cutoff,
}

impl Store {
    /// Deletes an account with its logins, identities, roles and history, ends its sessions, and mails its owner.
    ///
    /// # Errors
    /// [`DeleteUserError`].
    pub async fn delete_user(
        &self,
        id: UserId,
        at: DateTime<Utc>,
        mail: Option<&MailDraft>,
    ) -> Result<Deleted, DeleteUserError> {
        self.write(async |tx| delete(tx, id, at, mail).await).await?
    }
}

/// Deletes an account in this transaction, and mails its owner. Nothing is written when it is rejected.
pub(super) async fn delete(
    tx: &DatabaseTransaction,
    id: UserId,
    at: DateTime<Utc>,
    mail: Option<&MailDraft>,
) -> Result<Result<Deleted, DeleteUserError>, DbErr> {
    lock_roles(tx).await?;
    let Some(user) = lock_user(tx, id).await? else { return Ok(Err(DeleteUserError::NoSuchUser)) };
    if is_last_admin(tx, id).await? {
        return Ok(Err(DeleteUserError::LastAdmin));
    }
    let identities = super::identities::of_user(tx, id).await?;
    let sessions = end_sessions(tx, id, at).await?;
    let cutoff = cut_off(tx, id, at).await?;
    user::Entity::delete_many().filter(key_is(user.key)).exec(tx).await?;
    let mail = mail_to_owner(tx, user.email.as_ref(), mail).await?; // the login is known until it is deleted
    forget(tx, id, at).await?;
    if let Some(mail) = mail {
        enqueue(tx, &mail).await?;
    }
    Ok(Ok(Deleted { user, identities, sessions, cutoff }))
}

async fn end_sessions(tx: &DatabaseTransaction, id: UserId, at: DateTime<Utc>) -> Result<Vec<SessionId>, DbErr> {
    let open = Condition::all().add(session::Column::UserId.eq(id.0)).add(session::Column::EndedAt.is_null());
    let query = session::Entity::find().select_only().column(session::Column::Id).filter(open.clone());
    let ids = query.into_tuple::<Uuid>().all(tx).await?;
    session::Entity::update_many()
        .col_expr(session::Column::EndedAt, Expr::value(stored_time(at)))
        .col_expr(session::Column::EndReason, Expr::value(reason_number(EndReason::UserDeleted)))
        .filter(open)
        .exec(tx)
        .await?;
    session::Entity::update_many()
        .col_expr(session::Column::DeviceName, Expr::value(""))
        .filter(session::Column::UserId.eq(id.0))
        .exec(tx)
        .await?;
    Ok(ids.into_iter().map(SessionId).collect())
}

async fn forget(tx: &DatabaseTransaction, id: UserId, at: DateTime<Utc>) -> Result<(), DbErr> {
    user_login::Entity::delete_many().filter(user_login::Column::UserId.eq(id.0)).exec(tx).await?;
    forget_addresses(tx, id).await?;
    identity::Entity::delete_many().filter(identity::Column::UserId.eq(id.0)).exec(tx).await?;
    user_unlock::Entity::delete_by_id(id.0).exec(tx).await?;
    user_role::Entity::delete_many().filter(user_role::Column::UserId.eq(id.0)).exec(tx).await?;
    account_event::Entity::delete_many().filter(account_event::Column::UserId.eq(id.0)).exec(tx).await?;
    sign_in::Entity::delete_many().filter(sign_in::Column::UserId.eq(id.0)).exec(tx).await?;
    delete_devices_of(tx, id).await?;
    user_directory::Entity::update_many()
        .col_expr(user_directory::Column::State, Expr::value(DELETED))
        .col_expr(user_directory::Column::MovedAt, Expr::value(stored_time(at)))
        .filter(user_directory::Column::UserId.eq(id.0))
        .exec(tx)
        .await
        .map(drop)
}
