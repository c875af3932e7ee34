//! Mails about accounts, enqueued in the transactions of their changes.

pub use ::outbox::{Enqueued, MailDraft, NewMail, Standing, enqueue};
use accounts::Email;
use sea_orm::{DatabaseTransaction, DbErr};

use super::users::by_email;

/// Enqueues a mail to the owner of an account, if it has an e-mail. The last statement of a transaction: see
/// [`enqueue`].
pub(super) async fn enqueue_to_owner(
    tx: &DatabaseTransaction,
    email: Option<&Email>,
    draft: Option<&MailDraft>,
) -> Result<(), DbErr> {
    match mail_to_owner(tx, email, draft).await? {
        Some(mail) => enqueue(tx, &mail).await.map(drop),
        None => Ok(()),
    }
}

/// The work of [`enqueue_to_owner`] for a change that was refused; nothing is sent.
pub(super) async fn enqueue_decoy(
    tx: &DatabaseTransaction,
    email: &Email,
    draft: Option<&MailDraft>,
) -> Result<(), DbErr> {
    match draft {
        Some(draft) => enqueue(tx, &draft.decoy_to(email.as_str(), Standing::Unproved)).await.map(drop),
        None => Ok(()),
    }
}

/// The mail to the owner of an account, for changes that take the login away before they enqueue it.
pub(super) async fn mail_to_owner(
    tx: &DatabaseTransaction,
    email: Option<&Email>,
    draft: Option<&MailDraft>,
) -> Result<Option<NewMail>, DbErr> {
    let (Some(email), Some(draft)) = (email, draft) else { return Ok(None) };
    Ok(Some(draft.to(email.as_str(), find_standing(tx, email).await?)))
}

/// Standing of an address. One that is no login was typed by someone.
pub(super) async fn find_standing(tx: &DatabaseTransaction, email: &Email) -> Result<Standing, DbErr> {
    let is_proved = by_email(email).one(tx).await?.is_some_and(|login| login.proved_at.is_some());
    Ok(if is_proved { Standing::Proved } else { Standing::Unproved })
}
