//! Entry of an account's history of changes.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use contracts::ids::UserId;

/// Kinds of changes to an account.
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
    /// The password was reset with a code or a link from the mailbox.
    PasswordReset,
    /// The login e-mail was proved.
    EmailProved,
    /// The login e-mail was changed, or changed back.
    EmailChanged,
    /// The login e-mail was taken from the account: it was only claimed.
    EmailFreed,
    /// Its owner downloaded what is stored about it.
    DataExported,
}

/// One entry of the history of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountEvent {
    /// The account.
    pub user_id: UserId,
    /// Time of the change.
    pub at: DateTime<Utc>,
    /// Kind of the change.
    pub kind: AccountEventKind,
    /// Id of the provider for social accounts; else empty.
    pub subject: String,
    /// The address of the client, if known.
    pub address: Option<IpAddr>,
}
