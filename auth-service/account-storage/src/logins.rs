//! Login e-mails: claims until their owners prove to read the mailbox.
//!
//! Changes lock the row of the login first, then the row of the directory, or the rows of several accounts in the order
//! of their ids. An account has at most one login e-mail, the one in its row of `users`.

use accounts::{Cell, Email, Login, UserKey};
use chrono::{DateTime, Utc};
use contracts::ids::UserId;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QuerySelect};
use service_kit::database::{DatabaseError, stored_time};

use super::entities::{user, user_login};
use super::store::Store;
use super::users::{EMAIL, by_email, key_is};

impl Store {
    /// The login with this e-mail.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn find_login(&self, email: &Email) -> Result<Option<Login>, DatabaseError> {
        Ok(by_email(email).one(&self.db).await?.map(login_from))
    }
}

/// The login with this e-mail, locked until the end of the transaction.
pub(super) async fn lock_login(tx: &DatabaseTransaction, email: &Email) -> Result<Option<Login>, DbErr> {
    Ok(by_email(email).lock_exclusive().one(tx).await?.map(login_from))
}

/// Marks the login of an account as proved. `false` when the account does not have it, or it was proved before.
pub(super) async fn prove_login(
    tx: &DatabaseTransaction,
    id: UserId,
    email: &Email,
    at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let update = user_login::Entity::update_many()
        .col_expr(user_login::Column::ProvedAt, Expr::value(stored_time(at)))
        .filter(user_login::Column::Kind.eq(EMAIL))
        .filter(user_login::Column::Login.eq(email.as_str()))
        .filter(user_login::Column::UserId.eq(id.0))
        .filter(user_login::Column::ProvedAt.is_null());
    Ok(update.exec(tx).await?.rows_affected == 1)
}

/// Takes a login e-mail from its account, whose row of the directory must be locked. Another account may have it then.
pub(super) async fn free_login(
    tx: &DatabaseTransaction,
    key: UserKey,
    email: &Email,
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let of_user = Condition::all().add(user_login::Column::Kind.eq(EMAIL)).add(user_login::Column::UserId.eq(key.id.0));
    let mut logins = user_login::Entity::find().filter(of_user.clone()).all(tx).await?;
    // With the spellings of it that an earlier release has stored.
    logins.retain(|row| Email::parse(&row.login).as_ref() == Ok(email));
    let logins = logins.into_iter().map(|row| row.login);
    user_login::Entity::delete_many().filter(of_user).filter(user_login::Column::Login.is_in(logins)).exec(tx).await?;
    set_email(tx, key, None, at).await
}

/// Writes the login e-mail into the row of `users`.
pub(super) async fn set_email(
    tx: &DatabaseTransaction,
    key: UserKey,
    email: Option<&Email>,
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let update = user::Entity::update_many()
        .col_expr(user::Column::EmailNorm, Expr::value(email.map(|email| email.as_str().to_owned())))
        .col_expr(user::Column::UpdatedAt, Expr::value(stored_time(at)))
        .filter(key_is(key));
    update.exec(tx).await.map(drop)
}

fn login_from(row: user_login::Model) -> Login {
    Login { user: UserKey { id: UserId(row.user_id), cell: Cell::new(row.cell) }, proved_at: row.proved_at }
}
