//! Failed sign-ins on their way into the history.
//!
//! They are written after the reply: writing them before would make a wrong password for a known e-mail slower than
//! one for an unknown e-mail, which has no history, and so tell who has an account.

use tokio::sync::mpsc;

use crate::domain::SignIn;
use crate::storage::Store;

/// How many lines may wait. A flood of failures may lose lines, never block sign-ins.
const CAPACITY: usize = 1024;

/// Takes lines without waiting.
pub struct FailedSignIns(mpsc::Sender<SignIn>);

/// The other end; [`write_failures`] empties it.
pub struct FailureQueue(mpsc::Receiver<SignIn>);

impl FailedSignIns {
    /// Makes both ends.
    pub fn new() -> (Self, FailureQueue) {
        let (sender, receiver) = mpsc::channel(CAPACITY);
        (Self(sender), FailureQueue(receiver))
    }

    /// Hands over a line.
    pub fn note(&self, line: SignIn) {
        if self.0.try_send(line).is_err() {
            tracing::warn!("too many failed sign-ins to write down; a line of the history is lost");
        }
    }
}

/// Writes lines into the history until the other end is gone.
pub async fn write_failures(store: Store, mut queue: FailureQueue) {
    while let Some(line) = queue.0.recv().await {
        if let Err(error) = store.insert_sign_in(&line).await {
            tracing::warn!(%error, user.id = %line.user_id, "a failed sign-in could not be written down");
        }
    }
}
