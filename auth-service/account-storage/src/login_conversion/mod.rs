//! Logins of releases before the canonical [`Email`](accounts::Email), converted while old and new replicas serve:
//!
//! 1. expand, at each start that migrates: a login gets a second row with its canonical form, unless another account
//!    has that. Old replicas find the old row, new ones both.
//! 2. finish, by an operator when no old replica runs: the old rows go. Of several accounts on one mailbox one keeps the
//!    address; the others sign in by their old spelling, have no e-mail, and are in nobody's way.

mod expand;
mod finish;
mod mailbox;
mod scan;

use super::store::Store;

pub use finish::FinishedLogins;
pub use mailbox::{Mailbox, MailboxMember};

/// The conversion.
pub struct LoginConversion {
    store: Store,
}

impl LoginConversion {
    /// Conversion of the logins of `store`, in batches.
    pub fn new(store: &Store) -> Self {
        Self { store: store.for_batch() }
    }
}
