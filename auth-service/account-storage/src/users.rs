//! Accounts: found by login or key, inserted once per e-mail.

use account_partitions::storage::DELETED;
use accounts::{BirthDate, Cell, Email, FormerLogin, NewUser, PresentedLogin, User, UserKey, UserStatus};
use chrono::{DateTime, Utc};
use contracts::ids::UserId;
use credentials::hashing::PasswordHash;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter,
    QuerySelect, Select,
};
use service_kit::database::{DatabaseError, stored_time};

use super::entities::{user, user_directory, user_login, user_role};
use super::one_time_values::{self, FormNonce};
use super::store::Store;

/// `user_logins.kind` of an e-mail.
pub(super) const EMAIL: i16 = 1;
/// `user_logins.kind` of the spelling by which an account signs in whose address is none, or belongs to another account.
pub(super) const FORMER_SPELLING: i16 = 2;
/// `user_directory.state` of a user who is not being moved.
const ACTIVE: i16 = 0;

/// `users.status` of an account that may sign in.
pub(super) const ACTIVE_STATUS: i16 = 0;
/// `users.status` of a disabled account.
pub(super) const DISABLED_STATUS: i16 = 1;

/// Reasons why no account was created.
#[derive(Debug, thiserror::Error)]
pub enum InsertUserError {
    /// Another account has this e-mail.
    #[error("the e-mail is taken")]
    EmailTaken,
    /// The form has created an account before.
    #[error("the form has created an account before")]
    FormConsumed,
    /// SQL failed.
    #[error("the account could not be written")]
    Storage(#[from] DatabaseError),
}

impl Store {
    /// The owner of a login e-mail.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn find_user_key_by_email(&self, email: &Email) -> Result<Option<UserKey>, DatabaseError> {
        let row = by_email(email).one(&self.db).await?;
        Ok(row.map(|row| UserKey { id: UserId(row.user_id), cell: Cell::new(row.cell) }))
    }

    /// The owners of a typed login, at most three: it may be the address of one account and the former spelling of
    /// others; the one that has exactly the typed spelling is first.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn find_login_owners(&self, login: &PresentedLogin) -> Result<Vec<UserKey>, DatabaseError> {
        Ok(login_owners(&self.db, login).await?)
    }

    /// Key of a user with the current cell.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn find_user_key(&self, id: UserId) -> Result<Option<UserKey>, DatabaseError> {
        let row = by_id(id).one(&self.db).await?;
        Ok(row.map(|row| UserKey { id, cell: Cell::new(row.cell) }))
    }

    /// The account of this key. `None` also when the user has moved to another cell since the key was read.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn find_user(&self, key: UserKey) -> Result<Option<User>, DatabaseError> {
        let row = by_key(key).one(&self.db).await?;
        Ok(row.map(user_from))
    }

    /// Inserts an account. Its login is inserted first: that key, unique over all cells, decides between concurrent
    /// sign-ups with the same e-mail. A form creates one account: its nonce is consumed if the account is created or its
    /// e-mail is taken, and by no error. A taken e-mail takes as long as a free one.
    ///
    /// # Errors
    /// [`InsertUserError`].
    pub async fn insert_user(&self, new: &NewUser, form: Option<FormNonce>) -> Result<(), InsertUserError> {
        let work = async |tx: &DatabaseTransaction| {
            if let Some(FormNonce { id, expires_at }) = form
                && !one_time_values::consume(tx, id, expires_at, new.created_at).await?
            {
                return Ok(Err(InsertUserError::FormConsumed));
            }
            let result = insert(tx, new).await?;
            if matches!(result, Err(InsertUserError::EmailTaken)) {
                one_time_values::write_decoy(tx, new.created_at).await?;
            }
            Ok(result)
        };
        self.write_in_cell(new.key.cell, work).await?
    }
}

/// Inserts an account, unless its login is taken; then nothing is written.
pub(super) async fn insert(tx: &DatabaseTransaction, new: &NewUser) -> Result<Result<(), InsertUserError>, DbErr> {
    // Only an operator creates accounts with roles, and vouches for their addresses.
    let proved_at = (!new.roles.is_empty()).then_some(new.created_at);
    if let Some(email) = &new.email
        && !insert_login(tx, email, new.key, proved_at).await?
    {
        return Ok(Err(InsertUserError::EmailTaken));
    }
    insert_directory(tx, new.key).await?;
    insert_row(tx, new).await?;
    Ok(Ok(()))
}

/// See [`Store::find_login_owners`].
pub(super) async fn login_owners(db: &impl ConnectionTrait, login: &PresentedLogin) -> Result<Vec<UserKey>, DbErr> {
    if !login.is_possible() {
        return Ok(Vec::new());
    }
    let mut rows = by_login(login).all(db).await?;
    // The former spelling of another account than the one that has the address is looked for by exactly that.
    let former = login.former().map(FormerLogin::as_str);
    rows.retain(|row| row.kind == EMAIL || Some(row.login.as_str()) == former);
    rows.sort_by_key(|row| (Some(row.login.as_str()) != former, row.kind));
    let mut owners: Vec<UserKey> = Vec::new();
    for row in rows {
        let key = UserKey { id: UserId(row.user_id), cell: Cell::new(row.cell) };
        if owners.iter().all(|known| known.id != key.id) {
            owners.push(key);
        }
    }
    Ok(owners)
}

/// The only access to a row of `users`.
pub(super) fn by_key(key: UserKey) -> Select<user::Entity> {
    user::Entity::find_by_id((key.id.0, key.cell.number()))
}

/// The owner of a login e-mail.
pub(super) fn by_email(email: &Email) -> Select<user_login::Entity> {
    user_login::Entity::find_by_id((EMAIL, email.as_str().to_owned()))
}

/// All rows of a typed login: its address, and its former spelling as an address or as a spelling only.
pub(super) fn by_login(login: &PresentedLogin) -> Select<user_login::Entity> {
    let mut forms: Vec<&str> =
        login.email().map(Email::as_str).into_iter().chain(login.former().map(FormerLogin::as_str)).collect();
    forms.dedup();
    user_login::Entity::find()
        .filter(user_login::Column::Kind.is_in([EMAIL, FORMER_SPELLING]))
        .filter(user_login::Column::Login.is_in(forms))
}

/// The directory row of an account.
pub(super) fn by_id(id: UserId) -> Select<user_directory::Entity> {
    user_directory::Entity::find_by_id(id.0).filter(user_directory::Column::State.ne(DELETED))
}

/// The cell of an account. Locks its row of the directory until the end of the transaction.
pub(super) async fn lock(tx: &DatabaseTransaction, id: UserId) -> Result<Option<Cell>, DbErr> {
    let row = by_id(id).lock_exclusive().one(tx).await?;
    Ok(row.map(|row| Cell::new(row.cell)))
}

/// The condition that a row of `users` has this key.
pub(super) fn key_is(key: UserKey) -> Condition {
    Condition::all().add(user::Column::Id.eq(key.id.0)).add(user::Column::Cell.eq(key.cell.number()))
}

/// Creates the row of the directory, to which all other rows refer.
pub(super) async fn insert_directory(tx: &DatabaseTransaction, key: UserKey) -> Result<(), DbErr> {
    user_directory::Entity::insert(directory_row(key)).exec_without_returning(tx).await.map(drop)
}

/// The row of the directory of a new account.
pub(super) fn directory_row(key: UserKey) -> user_directory::ActiveModel {
    user_directory::ActiveModel {
        user_id: Set(key.id.0),
        cell: Set(key.cell.number()),
        state: Set(ACTIVE),
        moved_at: Set(None),
    }
}

/// Creates the account itself, with its roles.
pub(super) async fn insert_row(tx: &DatabaseTransaction, new: &NewUser) -> Result<(), DbErr> {
    user::Entity::insert(row_of(new)).exec_without_returning(tx).await?;
    for role in &new.roles {
        let row = user_role::ActiveModel { user_id: Set(new.key.id.0), role: Set(role.as_str().to_owned()) };
        user_role::Entity::insert(row).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// `true` when the login was available. Without `proved_at` it is a claim.
pub(super) async fn insert_login(
    tx: &DatabaseTransaction,
    email: &Email,
    key: UserKey,
    proved_at: Option<DateTime<Utc>>,
) -> Result<bool, DbErr> {
    let login = user_login::ActiveModel {
        kind: Set(EMAIL),
        login: Set(email.as_str().to_owned()),
        user_id: Set(key.id.0),
        cell: Set(key.cell.number()),
        proved_at: Set(proved_at.map(stored_time)),
    };
    let conflict = OnConflict::columns([user_login::Column::Kind, user_login::Column::Login]).do_nothing().to_owned();
    let inserted = user_login::Entity::insert(login).on_conflict(conflict).exec_without_returning(tx).await?;
    Ok(inserted == 1)
}

/// The row of a new account.
pub(super) fn row_of(new: &NewUser) -> user::ActiveModel {
    let now = stored_time(new.created_at);
    user::ActiveModel {
        id: Set(new.key.id.0),
        cell: Set(new.key.cell.number()),
        region: Set(new.region.clone()),
        birth_date: Set(new.birth_date.map(BirthDate::day)),
        email_norm: Set(new.email.as_ref().map(|email| email.as_str().to_owned())),
        password_hash: Set(new.password_hash.as_ref().map(|hash| hash.as_str().to_owned())),
        display_name: Set(new.display_name.clone()),
        status: Set(ACTIVE_STATUS),
        created_at: Set(now),
        updated_at: Set(now),
    }
}

pub(super) fn user_from(row: user::Model) -> User {
    User {
        key: UserKey { id: UserId(row.id), cell: Cell::new(row.cell) },
        email: row.email_norm.and_then(|text| Email::parse(&text).ok()),
        password_hash: row.password_hash.map(PasswordHash::new),
        display_name: row.display_name,
        birth_date: row.birth_date.map(BirthDate::stored),
        region: row.region,
        // Any status other than "active", including those of later releases, must prevent sign-in.
        status: if row.status == ACTIVE_STATUS { UserStatus::Active } else { UserStatus::Disabled },
        created_at: row.created_at,
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::{DbBackend, QueryTrait};

    use super::*;

    #[test]
    fn a_user_is_looked_for_in_one_cell_only() {
        let key = UserKey { id: UserId::new(), cell: Cell::new(7) };
        let sql = by_key(key).build(DbBackend::Postgres).to_string();
        let condition = sql.split(" WHERE ").nth(1).unwrap();
        assert!(condition.contains("\"id\" =") && condition.contains("\"cell\" = 7"), "{sql}");
    }
}
