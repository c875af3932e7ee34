//! Failures of a delivery.

use std::io;

/// Failed delivery. Servers repeat addresses in their texts, so only reply codes are kept.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The recipient is not a valid mailbox.
    #[error("the recipient address is not a valid mailbox")]
    Address,
    /// Its row cannot be read: it was sealed with another key, or is of a later release, whose replicas can send it.
    #[error("the mail cannot be read by this process")]
    Unreadable,
    /// Permanent rejection (SMTP 5yz).
    #[error("the mail server refuses it with {0}")]
    Rejected(u16),
    /// Transient rejection (SMTP 4yz).
    #[error("the mail server asks to come again with {0}")]
    Deferred(u16),
    /// The server rejects this service, at the greeting or its credentials; other mails fail in the same way until an
    /// operator acts.
    #[error("the mail server rejects this service with {0}")]
    RelayRejected(u16),
    /// No reply in time.
    #[error("the mail server does not answer in time")]
    Timeout,
    /// The server is unreachable, or lacks a required feature.
    #[error("the mail server cannot be used: {0}")]
    Unavailable(&'static str),
    /// The file cannot be written.
    #[error("its file cannot be written")]
    File(#[from] io::Error),
}

impl SendError {
    /// `true` when a retry would fail the same way.
    pub fn is_permanent(&self) -> bool {
        matches!(self, Self::Address | Self::Rejected(_))
    }
}
