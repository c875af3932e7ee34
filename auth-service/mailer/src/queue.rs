//! Queue of mails between requests and the worker.

use std::net::IpAddr;
use std::sync::Arc;

use contracts::Language;
use service_kit::Clock;
use tokio::sync::mpsc;

use crate::metrics;
use crate::notification::{Mail, Notification, Recipient};

/// Capacity of the queue. A flood of mails may lose some, but never blocks requests.
const CAPACITY: usize = 512;

/// Sender of the queue; never waits.
pub struct MailQueue {
    queue: mpsc::Sender<Mail>,
    clock: Arc<dyn Clock>,
}

/// Receiver of the queue, drained by a [`MailWorker`](crate::MailWorker).
pub struct MailReceiver(pub(crate) mpsc::Receiver<Mail>);

impl MailQueue {
    /// Creates the queue.
    pub fn new(clock: Arc<dyn Clock>) -> (Self, MailReceiver) {
        metrics::describe();
        let (queue, receiver) = mpsc::channel(CAPACITY);
        (Self { queue, clock }, MailReceiver(receiver))
    }

    /// Enqueues a notification of what was just done from `address`. Never waits and never fails: when the queue is
    /// full or closed, the mail is lost, logged and counted.
    pub fn notify(&self, to: Recipient, language: Language, notification: Notification, address: Option<IpAddr>) {
        let mail = Mail { to, language, notification, at: self.clock.now(), address };
        if self.queue.try_send(mail).is_err() {
            tracing::warn!("too many mails wait, or the service is stopping; a mail is lost");
            metrics::record_lost();
        }
    }
}

#[cfg(test)]
mod tests {
    use service_kit::testing::ManualClock;

    use super::*;

    #[test]
    fn a_full_or_closed_queue_drops_mails_without_blocking() {
        let (mails, mut queue) = MailQueue::new(Arc::new(ManualClock::default()));
        let to = || Recipient::new("anna@example.org");
        for _ in 0..CAPACITY + 10 {
            mails.notify(to(), Language::En, Notification::PasswordSet, None);
        }
        queue.0.close();
        let waiting = std::iter::from_fn(|| queue.0.try_recv().ok()).count();
        assert_eq!(waiting, CAPACITY);
        mails.notify(to(), Language::En, Notification::PasswordSet, None); // the receiver is closed
    }
}
