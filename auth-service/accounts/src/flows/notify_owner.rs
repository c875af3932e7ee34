//! Mails to account owners about changes of their accounts.

use mailer::Notification;

use crate::domain::ClientContext;
use crate::storage::outbox::MailDraft;

/// A mail about what this client does now. It is enqueued in the transaction of the change.
pub(super) fn owner_mail(outbox: &outbox::Outbox, client: &ClientContext, notification: Notification) -> MailDraft {
    outbox.draft(client.language, notification, client.location.address)
}
