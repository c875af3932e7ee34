//! Queue of mails between requests and the worker.

use std::sync::Arc;

use contracts::Language;
use metrics::{counter, describe_counter};
use service_kit::Clock;
use tokio::sync::mpsc;

use super::notification::{Mail, Notification};
use crate::domain::{ClientLocation, Email};

/// Capacity of the queue. A flood of mails may lose some, but never blocks requests.
const CAPACITY: usize = 512;

/// Sender of the queue; never waits.
pub struct MailQueue {
    queue: mpsc::Sender<Mail>,
    clock: Arc<dyn Clock>,
}

/// Receiver of the queue, drained by a [`MailWorker`](super::MailWorker).
pub struct MailReceiver(pub(super) mpsc::Receiver<Mail>);

fn describe_metrics() {
    service_kit::telemetry::metrics::install(); // descriptions before a recorder is installed are lost
    describe_counter!("auth.mails", "Mails by outcome: sent, lost.");
}

impl MailQueue {
    /// Creates the queue.
    pub fn new(clock: Arc<dyn Clock>) -> (Self, MailReceiver) {
        describe_metrics();
        let (queue, receiver) = mpsc::channel(CAPACITY);
        (Self { queue, clock }, MailReceiver(receiver))
    }

    /// Enqueues a notification of what was just done by a client at `location`. Never waits and never fails: when the
    /// queue is full or closed, the mail is lost, logged and counted.
    pub fn notify(&self, to: &Email, language: Language, notification: Notification, location: &ClientLocation) {
        let mail = Mail { to: to.clone(), language, notification, at: self.clock.now(), address: location.address };
        if self.queue.try_send(mail).is_err() {
            tracing::warn!("too many mails wait, or the service is stopping; a mail is lost");
            counter!("auth.mails", "outcome" => "lost").increment(1);
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
        let to = Email::parse("anna@example.org").unwrap();
        for _ in 0..CAPACITY + 10 {
            mails.notify(&to, Language::En, Notification::PasswordSet, &ClientLocation::default());
        }
        queue.0.close();
        let waiting = std::iter::from_fn(|| queue.0.try_recv().ok()).count();
        assert_eq!(waiting, CAPACITY);
        mails.notify(&to, Language::En, Notification::PasswordSet, &ClientLocation::default()); // the receiver is closed
    }
}
