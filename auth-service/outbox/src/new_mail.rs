//! A mail that is about to be enqueued, and the worker's signal.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Utc};
use contracts::Language;
use mailer::{AccountLink, Mail, Notification, Recipient};
use service_kit::Clock;
use tokio::sync::Notify;

use crate::budget::Standing;
use crate::keys::OutboxKeys;

/// Makes mails for [`enqueue`](crate::enqueue), and wakes the worker. Clones share both.
#[derive(Clone)]
pub struct Outbox {
    pub(crate) shared: Arc<Shared>,
}

/// What mails, storage and the worker of one process share.
pub(crate) struct Shared {
    pub keys: OutboxKeys,
    pub clock: Arc<dyn Clock>,
    /// Signal of a commit that enqueued a mail.
    pub wake: Notify,
    /// Number of the day with a used-up budget, as the worker saw it.
    spent_day: AtomicI64,
}

/// A mail without its recipient, who is found in the transaction of the change.
#[derive(Clone)]
pub struct MailDraft {
    shared: Arc<Shared>,
    language: Language,
    notification: Notification,
    at: DateTime<Utc>,
    address: Option<IpAddr>,
    not_me: Option<AccountLink>,
}

/// A mail to be enqueued.
#[derive(Clone)]
pub struct NewMail {
    pub(crate) shared: Arc<Shared>,
    pub(crate) mail: Mail,
    pub(crate) standing: Standing,
    pub(crate) is_decoy: bool,
}

impl Outbox {
    /// The outbox of an installation. `secret` is the key that all replicas share.
    pub fn new(secret: &[u8], clock: Arc<dyn Clock>) -> Self {
        crate::metrics::describe();
        let (keys, wake, spent_day) = (OutboxKeys::new(secret), Notify::new(), AtomicI64::new(i64::MIN));
        Self { shared: Arc::new(Shared { keys, clock, wake, spent_day }) }
    }

    /// A mail about what is done now, from the client address `address`.
    pub fn draft(&self, language: Language, notification: Notification, address: Option<IpAddr>) -> MailDraft {
        let (shared, at) = (Arc::clone(&self.shared), self.shared.clock.now());
        MailDraft { shared, language, notification, at, address, not_me: None }
    }

    /// Wakes the worker of this process. Call it after the commit; without it a mail waits for the next poll.
    pub fn wake(&self) {
        self.shared.wake.notify_one();
    }
}

impl MailDraft {
    /// Adds the page that frees the address, for mails to addresses that are only claimed.
    #[must_use]
    pub fn with_not_me(self, link: AccountLink) -> Self {
        Self { not_me: Some(link), ..self }
    }

    /// The mail to an address in the canonical form of logins.
    pub fn to(&self, address: &str, standing: Standing) -> NewMail {
        let mail = Mail {
            to: Recipient::new(address),
            language: self.language,
            notification: self.notification.clone(),
            at: self.at,
            address: self.address,
            not_me: self.not_me.clone(),
        };
        NewMail { shared: Arc::clone(&self.shared), mail, standing, is_decoy: false }
    }

    /// A mail that is written in the same way and never sent: the request for an unknown address does the same work as
    /// that for a known one. It uses no budget of mails.
    pub fn decoy_to(&self, address: &str, standing: Standing) -> NewMail {
        NewMail { is_decoy: true, ..self.to(address, standing) }
    }
}

impl Shared {
    /// `true` when the budget of the day of `now` is used up.
    pub(crate) fn is_day_spent(&self, now: DateTime<Utc>) -> bool {
        self.spent_day.load(Ordering::Relaxed) == day_number(now)
    }

    /// Records that it is. `true` when that is news.
    pub(crate) fn record_spent_day(&self, now: DateTime<Utc>) -> bool {
        self.spent_day.swap(day_number(now), Ordering::Relaxed) != day_number(now)
    }
}

/// Number of the UTC day since 1970.
pub(crate) fn day_number(at: DateTime<Utc>) -> i64 {
    at.timestamp().div_euclid(24 * 60 * 60)
}

/// Hides contents and address from logs.
impl fmt::Debug for MailDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailDraft(…)")
    }
}

/// Hides contents and address from logs.
impl fmt::Debug for NewMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewMail(…)")
    }
}
