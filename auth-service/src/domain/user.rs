//! People with accounts, and the key under which their rows are found.

use std::fmt;

use chrono::{DateTime, Utc};
use contracts::ids::UserId;
use serde::{Deserialize, Serialize};

use super::{BirthDate, Email, PasswordHash, RoleName};

/// The unit of placement of users: part of a region, or several small ones together. On PostgreSQL each is a partition of
/// the users table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cell(i16);

impl Cell {
    /// Where everybody lives whose region is not told or not known. A cell like any other, and an alarm when it fills.
    pub const UNPLACED: Self = Self(0);

    /// The cell with this number.
    pub const fn new(number: i16) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn number(self) -> i16 {
        self.0
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The whole key of a user's row. An id alone would make PostgreSQL look into every partition, which was measured at
/// 13 to 165 times the cost, so storage takes nothing less than this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct UserKey {
    /// Who.
    pub id: UserId,
    /// Where the row is.
    pub cell: Cell,
}

/// Whether an account may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserStatus {
    /// It may.
    Active,
    /// Somebody closed it; it cannot sign in.
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
    /// How the person wants to be called; may be empty.
    pub display_name: String,
    /// Day of birth, if given.
    pub birth_date: Option<BirthDate>,
    /// ISO 3166-2 code, if given.
    pub region: Option<String>,
    /// Whether it may be used.
    pub status: UserStatus,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// What somebody changes of an account. What is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct UserChange {
    /// How the person wants to be called; may be empty.
    pub display_name: Option<String>,
    /// Day of birth, for who has not given one.
    pub birth_date: Option<BirthDate>,
    /// ISO 3166 code of where the person lives now.
    pub region: Option<String>,
}

/// An account that is about to be made.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Its key.
    pub key: UserKey,
    /// The login e-mail; who comes from a social provider may have none.
    pub email: Option<Email>,
    /// The password's hash, if it has a password from the start.
    pub password_hash: Option<PasswordHash>,
    /// How the person wants to be called; may be empty.
    pub display_name: String,
    /// Day of birth, if given.
    pub birth_date: Option<BirthDate>,
    /// ISO 3166-2 code, if given.
    pub region: Option<String>,
    /// Roles it has from the start.
    pub roles: Vec<RoleName>,
    /// Now.
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
