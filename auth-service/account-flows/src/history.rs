//! Queue of failed sign-ins for the history.
//!
//! They are written after the reply. Written before it, a wrong password for a known e-mail would take longer than one
//! for an unknown e-mail, which has no history: the timing would reveal which accounts exist.

use account_storage::Store;
use accounts::SignIn;
use tokio::sync::mpsc;

/// Capacity of the queue. A flood of failures may lose lines, but never blocks sign-ins.
const CAPACITY: usize = 1024;

/// Sender of the queue; never waits. Clones share the queue.
#[derive(Clone)]
pub struct FailedSignIns(mpsc::Sender<SignIn>);

/// Receiver of the queue, drained by [`write_failures`].
pub struct FailureQueue(mpsc::Receiver<SignIn>);

impl FailedSignIns {
    /// Creates the queue.
    pub fn new() -> (Self, FailureQueue) {
        let (sender, receiver) = mpsc::channel(CAPACITY);
        (Self(sender), FailureQueue(receiver))
    }

    /// Enqueues a line; a full queue drops it with a warning.
    pub fn record(&self, line: SignIn) {
        if self.0.try_send(line).is_err() {
            tracing::warn!("the queue of failed sign-ins is full; a row of the history is lost");
        }
    }
}

/// Writes queued lines into the history until the sender is dropped.
pub async fn write_failures(store: Store, mut queue: FailureQueue) {
    while let Some(line) = queue.0.recv().await {
        if let Err(error) = store.insert_sign_in(&line).await {
            tracing::warn!(%error, user.id = %line.user_id, "a failed sign-in could not be recorded");
        }
    }
}
