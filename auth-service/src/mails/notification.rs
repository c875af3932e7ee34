//! What people are written about.

use std::net::IpAddr;

use chrono::{DateTime, Utc};

use crate::domain::Email;
use crate::domain::Language;

/// Something that happened to an account and that its owner should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notification {
    /// A social account was linked.
    SocialLinked {
        /// Name of the provider, as people know it.
        provider: String,
    },
    /// A social account was unlinked.
    SocialUnlinked {
        /// Name of the provider, as people know it.
        provider: String,
    },
    /// An account without a password was given one.
    PasswordSet,
    /// Another password took the place of the old one.
    PasswordChanged,
    /// The account is no more.
    AccountDeleted,
}

/// A notice on its way.
#[derive(Debug, Clone)]
pub struct Mail {
    /// To whom.
    pub to: Email,
    /// In which language.
    pub language: Language,
    /// What happened.
    pub notice: Notification,
    /// When.
    pub at: DateTime<Utc>,
    /// From which address it was asked for, where that is known.
    pub address: Option<IpAddr>,
}
