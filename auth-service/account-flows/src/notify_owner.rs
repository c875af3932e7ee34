//! Mails to account owners about changes of their accounts.

use account_storage::outbox::MailDraft;
use accounts::ClientContext;
use mailer::{Notification, OperatorAct};

/// A mail about what this client does now. It is enqueued in the transaction of the change.
pub(super) fn owner_mail(outbox: &outbox::Outbox, client: &ClientContext, notification: Notification) -> MailDraft {
    outbox.draft(client.language, notification, client.location.address)
}

/// A mail about an act of an operator, without the operator's address.
pub(super) fn operator_mail(outbox: &outbox::Outbox, act: OperatorAct) -> MailDraft {
    owner_mail(outbox, &ClientContext::default(), Notification::ByOperator { act })
}
