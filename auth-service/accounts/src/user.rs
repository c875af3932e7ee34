//! Accounts, and the key of their rows.

use account_partitions::Cell;
use chrono::{DateTime, Utc};
use contracts::ids::UserId;
use credentials::hashing::PasswordHash;

use super::{BirthDate, Email, RoleName};

/// The whole key of a user's row. By id alone PostgreSQL would search every partition, measured at 13 to 165 times the
/// cost, so storage accepts nothing less than this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct UserKey {
    /// The user.
    pub id: UserId,
    /// The cell of the row.
    pub cell: Cell,
}

/// Status of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserStatus {
    /// Can sign in.
    Active,
    /// Disabled; cannot sign in.
    Disabled,
}

/// An account.
#[derive(Debug, Clone)]
pub struct User {
    /// Its key.
    pub key: UserKey,
    /// The login e-mail, if it has one.
    pub email: Option<Email>,
    /// The password's hash, if it has a password.
    pub password_hash: Option<PasswordHash>,
    /// Display name chosen by the user; may be empty.
    pub display_name: String,
    /// Birth date, if given.
    pub birth_date: Option<BirthDate>,
    /// ISO 3166-2 code, if given.
    pub region: Option<String>,
    /// Status of the account.
    pub status: UserStatus,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
}

/// Changes to an account. `None` keeps a value.
#[derive(Debug, Clone, Default)]
pub struct UserChange {
    /// Display name chosen by the user; may be empty.
    pub display_name: Option<String>,
    /// Birth date, for users who have not set one.
    pub birth_date: Option<BirthDate>,
    /// ISO 3166 code of the user's current region.
    pub region: Option<String>,
}

/// An account that is about to be made.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Its key.
    pub key: UserKey,
    /// The login e-mail; users from a social provider may have none.
    pub email: Option<Email>,
    /// The password's hash, if it has a password from the start.
    pub password_hash: Option<PasswordHash>,
    /// Display name chosen by the user; may be empty.
    pub display_name: String,
    /// Birth date, if given.
    pub birth_date: Option<BirthDate>,
    /// ISO 3166-2 code, if given.
    pub region: Option<String>,
    /// Roles it has from the start.
    pub roles: Vec<RoleName>,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
}

impl From<NewUser> for User {
    fn from(new: NewUser) -> Self {
        Self {
            key: new.key,
            email: new.email,
            password_hash: new.password_hash,
            display_name: new.display_name,
            birth_date: new.birth_date,
            region: new.region,
            status: UserStatus::Active,
            created_at: new.created_at,
        }
    }
}
