//! Notifications to users.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use contracts::Language;

use crate::domain::Email;

/// A change of an account that its owner is notified of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notification {
    /// A social account was linked.
    SocialLinked {
        /// Display name of the provider.
        provider: String,
    },
    /// A social account was unlinked.
    SocialUnlinked {
        /// Display name of the provider.
        provider: String,
    },
    /// An account without a password was given one.
    PasswordSet,
    /// The password was changed.
    PasswordChanged,
    /// The account was deleted.
    AccountDeleted,
}

/// A queued notification.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Recipient.
    pub to: Email,
    /// Language of the mail.
    pub language: Language,
    /// The change.
    pub notification: Notification,
    /// Time of the change.
    pub at: DateTime<Utc>,
    /// Client address of the request, if known.
    pub address: Option<IpAddr>,
}
