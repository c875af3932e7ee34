//! Passwords: the first one of accounts from social providers, a change from the verified one, and a reset by an
//! operator.

use std::net::IpAddr;

use accounts::{
    AccountEvent, AccountEventKind, AuditAction, AuditContext, AuditEvent, AuditOutcome, Email, EndReason, Identity,
    UserKey,
};
use chrono::{DateTime, Utc};
use contracts::ids::{SessionId, UserId};
use credentials::hashing::PasswordHash;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter};
use service_kit::database::{DatabaseError, stored_time};
use token_verifier::Cutoff;

use super::account_events;
use super::active_sessions::end_others;
use super::audit_events;
use super::entities::user;
use super::identities::{lock_user, unlink_all};
use super::one_time_values;
use super::outbox::{MailDraft, enqueue_decoy, enqueue_to_owner};
use super::store::Store;
use super::users::{insert_login, key_is, lock};

/// Reasons why an account got no first password and no login.
#[derive(Debug, thiserror::Error)]
pub enum FirstPasswordError {
    /// It has a password already.
    #[error("the account has a password")]
    AlreadySet,
    /// It has no e-mail to sign in with, and none was given.
    #[error("the account needs an e-mail to go with a password")]
    EmailNeeded,
    /// Another account has the e-mail.
    #[error("the e-mail is taken")]
    EmailTaken,
    /// The account has another e-mail already.
    #[error("the account has another e-mail")]
    OtherEmail,
    /// There is no such account.
    #[error("there is no such account")]
    NoSuchUser,
    /// SQL failed.
    #[error("the account could not be changed")]
    Storage(#[from] DatabaseError),
}

/// A change of a password.
#[derive(Debug, Clone)]
pub struct PasswordChange {
    /// The account.
    pub user: UserId,
    /// The hash against which the current password was verified.
    pub from: PasswordHash,
    /// The hash of the new one.
    pub to: PasswordHash,
    /// The session that is kept.
    pub keep: SessionId,
    /// `true` unlinks all social accounts as well.
    pub unlink: bool,
    /// Current time.
    pub at: DateTime<Utc>,
    /// Address of the client, if known.
    pub address: Option<IpAddr>,
    /// Mail to the owner.
    pub mail: Option<MailDraft>,
}

/// A completed change of a password.
#[derive(Debug, Clone)]
pub struct PasswordChanged {
    /// Cut-off that ended all other sessions.
    pub cutoff: Cutoff,
    /// Social accounts that were unlinked.
    pub unlinked: Vec<Identity>,
}

impl Store {
    /// Sets the first password of an account, and with `email` its login if it has none, and mails its owner. Returns
    /// the login. A taken e-mail takes as long as a free one.
    ///
    /// # Errors
    /// [`FirstPasswordError`].
    pub async fn set_first_password(
        &self,
        id: UserId,
        hash: &PasswordHash,
        email: Option<&Email>,
        event: &AccountEvent,
        mail: Option<&MailDraft>,
    ) -> Result<Email, FirstPasswordError> {
        self.write(async |tx| {
            let Some(user) = lock_user(tx, id).await? else { return Ok(Err(FirstPasswordError::NoSuchUser)) };
            if user.password_hash.is_some() {
                return Ok(Err(FirstPasswordError::AlreadySet));
            }
            let login = match (&user.email, email) {
                (None, None) => return Ok(Err(FirstPasswordError::EmailNeeded)),
                (Some(own), Some(given)) if own != given => return Ok(Err(FirstPasswordError::OtherEmail)),
                (Some(own), _) => own.clone(),
                (None, Some(given)) => {
                    if !insert_login(tx, given, user.key, None).await? {
                        one_time_values::write_decoy(tx, event.at).await?;
                        enqueue_decoy(tx, given, mail).await?;
                        return Ok(Err(FirstPasswordError::EmailTaken));
                    }
                    given.clone()
                }
            };
            write(tx, user.key, hash, &login, event.at).await?;
            account_events::insert(tx, event).await?;
            enqueue_to_owner(tx, Some(&login), mail).await?;
            Ok(Ok(login))
        })
        .await?
    }

    /// Changes a password, ends all other sessions and mails the owner, atomically. `None` when the current password is
    /// no longer the verified one.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn change_password(&self, change: &PasswordChange) -> Result<Option<PasswordChanged>, DatabaseError> {
        self.write(async |tx| {
            let Some(user) = lock_user(tx, change.user).await? else { return Ok(None) };
            let update = user::Entity::update_many()
                .col_expr(user::Column::PasswordHash, Expr::value(change.to.as_str()))
                .col_expr(user::Column::UpdatedAt, Expr::value(stored_time(change.at)))
                .filter(key_is(user.key))
                .filter(user::Column::PasswordHash.eq(change.from.as_str()));
            if update.exec(tx).await?.rows_affected == 0 {
                return Ok(None);
            }
            let (user_id, at, kind) = (change.user, change.at, AccountEventKind::PasswordChanged);
            let event = AccountEvent { user_id, at, kind, subject: String::new(), address: change.address };
            account_events::insert(tx, &event).await?;
            let reason = EndReason::PasswordChanged;
            let cutoff = end_others(tx, change.user, change.keep, reason, change.at).await?;
            let unlinked =
                if change.unlink { unlink_all(tx, change.user, change.at, change.address).await? } else { Vec::new() };
            enqueue_to_owner(tx, user.email.as_ref(), change.mail.as_ref()).await?;
            Ok(Some(PasswordChanged { cutoff, unlinked }))
        })
        .await
    }
}

impl Store {
    /// Sets the password of an account unconditionally and ends all its sessions, on behalf of an operator and atomically
    /// with the audit event and the mail to its owner. `None` when there is no such account.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn reset_password(
        &self,
        id: UserId,
        hash: &PasswordHash,
        context: &AuditContext,
        mail: Option<&MailDraft>,
    ) -> Result<Option<Cutoff>, DatabaseError> {
        let at = context.at;
        self.write(async |tx| {
            let Some(user) = lock_user(tx, id).await? else { return Ok(None) };
            let update = user::Entity::update_many()
                .col_expr(user::Column::PasswordHash, Expr::value(hash.as_str()))
                .col_expr(user::Column::UpdatedAt, Expr::value(stored_time(at)))
                .filter(key_is(user.key));
            if update.exec(tx).await?.rows_affected == 0 {
                return Ok(None);
            }
            let kind = AccountEventKind::PasswordChanged;
            let event = AccountEvent { user_id: id, at, kind, subject: String::new(), address: None };
            account_events::insert(tx, &event).await?;
            let (action, user_id, outcome) = (AuditAction::ResetPassword, Some(id), AuditOutcome::Done);
            audit_events::insert(tx, &AuditEvent { context, action, user_id, subject: "", outcome }).await?;
            let none = SessionId(uuid::Uuid::nil()); // no session is kept
            let cutoff = end_others(tx, id, none, EndReason::PasswordChanged, at).await?;
            enqueue_to_owner(tx, user.email.as_ref(), mail).await?;
            Ok(Some(cutoff))
        })
        .await
    }

    /// Replaces the hash of an account by another one of the same password. `false` when the password has changed
    /// meanwhile. Sessions stay: this is no change that its owner made.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn replace_password_hash(
        &self,
        id: UserId,
        from: &PasswordHash,
        to: &PasswordHash,
    ) -> Result<bool, DatabaseError> {
        self.write(async |tx| {
            let Some(cell) = lock(tx, id).await? else { return Ok(false) };
            let update = user::Entity::update_many()
                .col_expr(user::Column::PasswordHash, Expr::value(to.as_str()))
                .filter(key_is(UserKey { id, cell }))
                .filter(user::Column::PasswordHash.eq(from.as_str()));
            Ok(update.exec(tx).await?.rows_affected == 1)
        })
        .await
    }
}

async fn write(
    tx: &DatabaseTransaction,
    key: UserKey,
    hash: &PasswordHash,
    email: &Email,
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let update = user::Entity::update_many()
        .col_expr(user::Column::PasswordHash, Expr::value(hash.as_str().to_owned()))
        .col_expr(user::Column::EmailNorm, Expr::value(email.as_str().to_owned()))
        .col_expr(user::Column::UpdatedAt, Expr::value(stored_time(at)))
        .filter(key_is(key));
    update.exec(tx).await.map(drop)
}
