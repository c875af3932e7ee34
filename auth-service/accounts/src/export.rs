//! Rows of an account, as its owner may take them along: all that is no secret.

use chrono::{DateTime, Utc};
use contracts::auth::devices::Device;
use contracts::ids::SessionId;

/// A stored session, as its owner may take it along.
#[derive(Debug, Clone)]
pub struct ExportedSession {
    /// Its id.
    pub id: SessionId,
    /// Device as reported by the client.
    pub device: Device,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
    /// Time of last use.
    pub last_used_at: DateTime<Utc>,
    /// Expiry unless it is used.
    pub expires_at: DateTime<Utc>,
    /// Time of an early end.
    pub ended_at: Option<DateTime<Utc>>,
}

/// A login.
#[derive(Debug, Clone)]
pub struct ExportedLogin {
    /// The login as it is stored.
    pub login: String,
    /// Time at which its owner proved to read the mailbox.
    pub proved_at: Option<DateTime<Utc>>,
}

/// A pending change of the e-mail.
#[derive(Debug, Clone)]
pub struct ExportedEmailChange {
    /// The e-mail to come.
    pub new_email: String,
    /// Time of the request.
    pub asked_at: DateTime<Utc>,
    /// Time at which it is applied without a code from the former mailbox, if it is known.
    pub due_at: Option<DateTime<Utc>>,
}

/// An act of an operator on the account. Who did it and why stays with the installation.
#[derive(Debug, Clone)]
pub struct ExportedAct {
    /// Time.
    pub at: DateTime<Utc>,
    /// Name of the act, as that of its endpoint.
    pub action: String,
    /// Outcome: `done`, `unchanged` or a problem code.
    pub outcome: String,
}
