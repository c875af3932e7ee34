//! The owner of a login e-mail.

use chrono::{DateTime, Utc};

use super::UserKey;

/// A login e-mail of an account: a claim, until a code from the mailbox, a provider or an operator proves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Login {
    /// The account; its cell is a hint.
    pub user: UserKey,
    /// Time of the proof.
    pub proved_at: Option<DateTime<Utc>>,
}

impl Login {
    /// `true` when a proof by another account can take it.
    pub fn is_claim(&self) -> bool {
        self.proved_at.is_none()
    }
}
