//! Mails that statements enqueue.

use account_storage::outbox::MailDraft;
use contracts::Language;
use mailer::Notification;
use outbox::Outbox;
use service_kit::SystemClock;

use crate::address_model::SECRET;

/// A mail to an owner.
pub fn draft() -> MailDraft {
    let outbox = Outbox::new(SECRET, SystemClock::shared());
    outbox.draft(Language::En, Notification::PasswordSet, None)
}
