//! Cancels or undoes a change of address, with the link in a mail to the mailbox that the account had before.

use accounts::{AccountEventKind, ClientContext, CodePurpose, Email, EndReason, OpenedLink};
use chrono::{DateTime, Utc};
use contracts::ids::{SessionId, UserId};
use mailer::Notification;
use sea_orm::{DatabaseTransaction, DbErr};
use service_kit::database::DatabaseError;
use token_verifier::Cutoff;
use uuid::Uuid;

use super::code_mailer::CodeMailer;
use super::mail_codes::{self, OpenCode, open_link};
use super::ownership::record;
use super::pending_changes::{Locked, cancel};
use crate::active_sessions::end_others;
use crate::outbox::{Standing, enqueue};
use crate::store::Store;

/// An undone change of address.
#[derive(Debug, Clone, Copy)]
pub struct UndoneChange {
    /// The account.
    pub user: UserId,
    /// Cut-off that ended all sessions: whoever changed the address had one.
    pub cutoff: Cutoff,
}

impl Store {
    /// Cancels the pending change of an account, or gives it back the address to which the link was sent; and ends all
    /// sessions. `None` when the link is wrong, expired, spent or of another mailbox than `former`, or another account has proved the address by now.
    ///
    /// # Errors
    /// When the database is unavailable; then nothing was changed.
    pub async fn undo_email_change(
        &self,
        mailer: &CodeMailer,
        (opened, former): (&OpenedLink, &Email),
        client: &ClientContext,
        at: DateTime<Utc>,
    ) -> Result<Option<UndoneChange>, DatabaseError> {
        self.write(async |tx| {
            let code = open_link(tx, mailer.codes(), CodePurpose::Undo, opened, at).await?;
            let Some(code) = code.filter(|code| code.binding.login == *former) else { return Ok(None) };
            let Some(undone) = undo(tx, &code, client, at).await? else { return Ok(None) };
            let notice = mailer.notice(client, Notification::EmailChangeUndone);
            enqueue(tx, &notice.to(former.as_str(), Standing::Proved)).await?;
            Ok(Some(undone))
        })
        .await
    }
}

async fn undo(
    tx: &DatabaseTransaction,
    code: &OpenCode,
    client: &ClientContext,
    at: DateTime<Utc>,
) -> Result<Option<UndoneChange>, DbErr> {
    let (Some(user), former) = (code.binding.user, &code.binding.login) else { return Ok(None) };
    let Some(locked) = Locked::of(tx, user, former).await?.filter(|locked| locked.is_free(user)) else {
        return Ok(None);
    };
    if !mail_codes::spend(tx, code.id, at).await? {
        return Ok(None);
    }
    cancel(tx, user).await?;
    if locked.email.as_ref() != Some(former) {
        locked.replace(tx, former, at).await?;
        record(tx, user, AccountEventKind::EmailChanged, client.location.address, at).await?;
    }
    mail_codes::delete_codes(tx, user, None).await?;
    let none = SessionId(Uuid::nil()); // no session is kept
    let cutoff = end_others(tx, user, none, EndReason::LoggedOut, at).await?;
    Ok(Some(UndoneChange { user, cutoff }))
}
