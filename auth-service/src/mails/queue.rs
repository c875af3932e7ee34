//! Mails on their way from the requests to the delivery.

use std::sync::Arc;

use metrics::counter;
use service_kit::Clock;
use tokio::sync::mpsc;

use super::notice::{Mail, Notice};
use crate::domain::Language;
use crate::domain::{Email, Place};

/// How many mails may wait. A flood of them may lose some, never block requests.
const CAPACITY: usize = 512;

/// Takes mails without waiting.
pub struct Mails {
    queue: mpsc::Sender<Mail>,
    clock: Arc<dyn Clock>,
}

/// The other end; a [`Delivery`](super::Delivery) empties it.
pub struct MailQueue(pub(super) mpsc::Receiver<Mail>);

impl Mails {
    /// Makes both ends.
    pub fn new(clock: Arc<dyn Clock>) -> (Self, MailQueue) {
        let (queue, receiver) = mpsc::channel(CAPACITY);
        (Self { queue, clock }, MailQueue(receiver))
    }

    /// Hands over a mail about what happened just now, asked for from `place`. Never waits and never fails: when too many
    /// wait already, or the service is stopping, the mail is lost and the log says so.
    pub fn notify(&self, to: &Email, language: Language, notice: Notice, place: &Place) {
        let mail = Mail { to: to.clone(), language, notice, at: self.clock.now(), address: place.address };
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
    fn a_full_queue_loses_mails_and_stops_nobody() {
        let (mails, mut queue) = Mails::new(Arc::new(ManualClock::default()));
        let to = Email::parse("anna@example.org").unwrap();
        for _ in 0..CAPACITY + 10 {
            mails.notify(&to, Language::En, Notice::PasswordSet, &Place::default());
        }
        queue.0.close();
        let waiting = std::iter::from_fn(|| queue.0.try_recv().ok()).count();
        assert_eq!(waiting, CAPACITY);
        mails.notify(&to, Language::En, Notice::PasswordSet, &Place::default()); // nobody is there any more
    }
}
