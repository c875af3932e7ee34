//! Notifications of account owners.

use contracts::ids::UserId;
use mailer::{MailQueue, Notification, Recipient};
use service_kit::database::DatabaseError;

use super::current_user::find_anywhere;
use crate::domain::{ClientContext, Email};
use crate::storage::Store;

/// Sends a mail to the owner of an account, if the account has an e-mail. The change is already made: an error is
/// logged as a warning and does not fail the request.
pub(super) async fn notify_owner(
    store: &Store,
    mails: &MailQueue,
    user: UserId,
    client: &ClientContext,
    notification: Notification,
) {
    match find_email(store, user).await {
        Ok(Some(email)) => notify_email(mails, &email, client, notification),
        Ok(None) => {}
        Err(error) => tracing::warn!(user.id = %user, %error, "the owner of this account could not be notified"),
    }
}

/// Queues a mail to an address. The address is given where the change has removed it from the account.
pub(super) fn notify_email(mails: &MailQueue, to: &Email, client: &ClientContext, notification: Notification) {
    mails.notify(Recipient::new(to.as_str()), client.language, notification, client.location.address);
}

async fn find_email(store: &Store, user: UserId) -> Result<Option<Email>, DatabaseError> {
    let Some(key) = store.find_user_key(user).await? else { return Ok(None) };
    Ok(find_anywhere(store, key).await?.and_then(|user| user.email))
}
