//! The first password of accounts that came from social providers.

use chrono::{DateTime, Utc};
use contracts::ids::UserId;
use sea_orm::sea_query::Expr;
use sea_orm::{DatabaseTransaction, DbErr, EntityTrait, QueryFilter};

use super::account_events;
use super::entities::user;
use super::error::StorageError;
use super::identities::lock_user;
use super::moves::key_is;
use super::store::{Store, stored};
use super::users::insert_login;
use crate::domain::{AccountEvent, Email, PasswordHash, UserKey};

/// What came of setting a first password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SetPasswordOutcome {
    /// The account has it now, together with this e-mail.
    Set(Email),
    /// It has one already; nothing was written.
    AlreadySet,
    /// The account has no e-mail to sign in with, and none was given; nothing was written.
    EmailNeeded,
    /// Another account has the e-mail; nothing was written.
    EmailTaken,
    /// The account has another e-mail already; nothing was written.
    OtherEmail,
    /// There is no such account.
    NoSuchUser,
}

impl Store {
    /// Gives an account that has no password its first one, and with `email` its login where it has none.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn set_first_password(
        &self,
        id: UserId,
        hash: &PasswordHash,
        email: Option<&Email>,
        event: &AccountEvent,
    ) -> Result<SetPasswordOutcome, StorageError> {
        self.write(async |tx| {
            let Some(user) = lock_user(tx, id).await? else { return Ok(SetPasswordOutcome::NoSuchUser) };
            if user.password_hash.is_some() {
                return Ok(SetPasswordOutcome::AlreadySet);
            }
            let login = match (&user.email, email) {
                (None, None) => return Ok(SetPasswordOutcome::EmailNeeded),
                (Some(own), Some(given)) if own != given => return Ok(SetPasswordOutcome::OtherEmail),
                (Some(own), _) => own.clone(),
                (None, Some(given)) => {
                    if !insert_login(tx, given, user.key).await? {
                        return Ok(SetPasswordOutcome::EmailTaken);
                    }
                    given.clone()
                }
            };
            write(tx, user.key, hash, &login, event.at).await?;
            account_events::insert(tx, event).await?;
            Ok(SetPasswordOutcome::Set(login))
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
        .col_expr(user::Column::UpdatedAt, Expr::value(stored(at)))
        .filter(key_is(key));
    update.exec(tx).await.map(drop)
}
