//! Mails of a change of address: codes to both mailboxes, and notices to the present one.

use accounts::{ClientContext, CodeBinding, CodePurpose, Email, Login, UNDO_VALIDITY};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::ids::UserId;
use mailer::{AccountLink, Notification};
use sea_orm::{DatabaseTransaction, DbErr};
use uuid::Uuid;

use super::change_requests::{ChangeEmail, ConfirmEmailChange, EmailChangeState};
use super::code_mailer::CodeMailer;
use super::ownership::standing_of;
use super::pending_changes::{Pending, set_due};
use crate::outbox::{Standing, enqueue};

/// Time that a change waits without a code from the present mailbox.
const WAIT: TimeDelta = TimeDelta::days(7);

/// Codes to both mailboxes, in the order of their addresses: concurrent transactions wait for each other per address.
pub(super) async fn send_codes(
    tx: &DatabaseTransaction,
    mailer: &CodeMailer,
    request: &ChangeEmail<'_>,
    present: Option<&Email>,
    target: Option<&Login>,
) -> Result<(), DbErr> {
    let binding = |purpose, login: &Email| CodeBinding {
        purpose,
        asker: request.session.0,
        user: Some(request.user),
        login: login.clone(),
    };
    let to_new = async || {
        let is_taken = target.is_some_and(|login| !login.is_claim());
        let sent = (standing_of(target), is_taken);
        mailer.send_code(tx, binding(CodePurpose::Change, request.to), sent, request.client, request.at).await?;
        let (notice, to) = (mailer.notice(request.client, Notification::EmailRequested), request.to.as_str());
        // As many rows for every address: a free one gets a decoy in the place of the notice.
        let notice = if is_taken { notice.to(to, Standing::Proved) } else { notice.decoy_to(to, Standing::Proved) };
        enqueue(tx, &notice).await.map(drop)
    };
    let Some(present) = present else { return to_new().await };
    let to_present = async || {
        let binding = binding(CodePurpose::Release, present);
        mailer.send_code(tx, binding, (Standing::Proved, false), request.client, request.at).await
    };
    if present.as_str() <= request.to.as_str() {
        to_present().await?;
        to_new().await
    } else {
        to_new().await?;
        to_present().await
    }
}

/// Lets a change wait, and notifies the present mailbox, which can cancel it.
pub(super) async fn wait(
    tx: &DatabaseTransaction,
    mailer: &CodeMailer,
    request: &ConfirmEmailChange<'_>,
    pending: &Pending,
    present: &Email,
) -> Result<EmailChangeState, DbErr> {
    if let Some(due_at) = pending.due_at {
        return Ok(EmailChangeState::Waits(due_at));
    }
    let due_at = request.at + WAIT;
    set_due(tx, request.user, due_at).await?;
    let cancel = undo_link(tx, mailer, request.user, present, request.at).await?;
    let notice = Notification::EmailChangeRequested { effective_at: due_at, cancel };
    let notice = mailer.notice(request.client, notice);
    enqueue(tx, &notice.to(present.as_str(), Standing::Proved)).await?;
    Ok(EmailChangeState::Waits(due_at))
}

/// Notifies the former mailbox of a change, which it can undo for a week.
pub(super) async fn notify_former(
    tx: &DatabaseTransaction,
    mailer: &CodeMailer,
    (user, former): (UserId, &Email),
    client: &ClientContext,
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let undo = undo_link(tx, mailer, user, former, at).await?;
    let notice = mailer.notice(client, Notification::EmailChanged { undo_until: at + UNDO_VALIDITY, undo });
    enqueue(tx, &notice.to(former.as_str(), Standing::Proved)).await.map(drop)
}

/// Link for the mailbox `login`, which cancels or undoes changes of this account.
async fn undo_link(
    tx: &DatabaseTransaction,
    mailer: &CodeMailer,
    user: UserId,
    login: &Email,
    at: DateTime<Utc>,
) -> Result<Option<AccountLink>, DbErr> {
    // An asker of its own: later changes do not replace this link, or an intruder could get rid of it by changing often.
    let (purpose, asker) = (CodePurpose::Undo, Uuid::new_v4());
    let binding = CodeBinding { purpose, asker, user: Some(user), login: login.clone() };
    mailer.undo_link(tx, binding, at).await
}
