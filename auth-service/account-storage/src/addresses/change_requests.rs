//! Requests to change a login e-mail, and their results.

use accounts::{ClientContext, Email, TypedCode};
use chrono::{DateTime, Utc};
use contracts::ids::{SessionId, UserId};
use service_kit::database::DatabaseError;

/// Request to change the login e-mail of an account.
#[derive(Debug)]
pub struct ChangeEmail<'a> {
    /// The account.
    pub user: UserId,
    /// The session that asks, and is the only one that can confirm.
    pub session: SessionId,
    /// The new login.
    pub to: &'a Email,
    /// Location and language of the client.
    pub client: &'a ClientContext,
    /// Current time.
    pub at: DateTime<Utc>,
}

/// Confirmation of a pending change.
#[derive(Debug)]
pub struct ConfirmEmailChange<'a> {
    /// The account.
    pub user: UserId,
    /// The session, which must be the one that asked.
    pub session: SessionId,
    /// Code from the new mailbox; not needed again while the change waits.
    pub code: Option<&'a TypedCode>,
    /// Code from the present mailbox.
    pub release_code: Option<&'a TypedCode>,
    /// `true` takes the new address from an account that only claims it.
    pub take_claimed: bool,
    /// Location and language of the client.
    pub client: &'a ClientContext,
    /// Current time.
    pub at: DateTime<Utc>,
}

/// State of a change after its confirmation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmailChangeState {
    /// The account has the new login.
    Changed,
    /// It gets it at this time, unless the present mailbox cancels.
    Waits(DateTime<Utc>),
}

/// A change that is not done yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingEmailChange {
    /// The new login.
    pub to: Email,
    /// Time at which it is done; `None` until the new mailbox is confirmed.
    pub due_at: Option<DateTime<Utc>>,
}

/// Reasons why the address was not changed; nothing was changed but the count of wrong codes.
#[derive(Debug, thiserror::Error)]
pub enum ChangeEmailError {
    /// It is the account's own address.
    #[error("the account has this e-mail")]
    OwnEmail,
    /// A code is wrong, spent, expired, or of another session; or there is no pending change.
    #[error("the code is not valid")]
    CodeInvalid,
    /// Another account has proved the address.
    #[error("the e-mail is taken")]
    EmailTaken,
    /// Another account claims the address; its owner, who reads the mailbox, may take it.
    #[error("the e-mail is claimed by another account")]
    EmailClaimed,
    /// There is no such account.
    #[error("there is no such account")]
    NoSuchUser,
    /// SQL failed.
    #[error("the change could not be read or written")]
    Storage(#[from] DatabaseError),
}
