//! Contents of a mail: a notification and its recipient.

use std::fmt;
use std::net::IpAddr;

use chrono::{DateTime, Utc};
use contracts::Language;

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

/// Address of a recipient, as its account has it. Not every login is a mailbox; that is found when a mail is rendered.
#[derive(Clone)]
pub struct Recipient(String);

impl Recipient {
    /// Takes an address as it is.
    pub fn new(address: impl Into<String>) -> Self {
        Self(address.into())
    }

    /// The address.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Hides the address from logs.
impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recipient(…)")
    }
}

/// A queued notification.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Recipient.
    pub to: Recipient,
    /// Language of the mail.
    pub language: Language,
    /// The change.
    pub notification: Notification,
    /// Time of the change.
    pub at: DateTime<Utc>,
    /// Client address of the request, if known.
    pub address: Option<IpAddr>,
}
