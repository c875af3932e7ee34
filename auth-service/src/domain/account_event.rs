//! One line of what was changed about an account.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use contracts::ids::UserId;

/// What was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountEventKind {
    /// An account at a social provider was linked.
    SocialLinked,
    /// An account at a social provider was unlinked.
    SocialUnlinked,
    /// An account without a password got one.
    PasswordSet,
    /// The password was changed.
    PasswordChanged,
}

/// One line of the history of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountEvent {
    /// Whose account.
    pub user_id: UserId,
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub kind: AccountEventKind,
    /// What it was about: the id of the provider for social accounts; else empty.
    pub subject: String,
    /// The address of the client, if known.
    pub address: Option<IpAddr>,
}
