//! Changes of the login e-mail: asked for by a session, confirmed by the new mailbox, and by the present one if that is
//! proved. Whoever lost the present one waits a week, in which it can cancel.

use accounts::{AccountEventKind, ClientContext, CodePurpose};
use chrono::{DateTime, Utc};
use contracts::ids::UserId;
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QuerySelect};
use service_kit::database::{DatabaseError, stored_time};
use uuid::Uuid;

use super::change_mails::{notify_former, send_codes, wait};
use super::change_requests::{ChangeEmail, ChangeEmailError, ConfirmEmailChange, EmailChangeState, PendingEmailChange};
use super::code_mailer::CodeMailer;
use super::mail_codes::{self, CodeHolder, try_code};
use super::ownership::{find_user, record};
use super::pending_changes::{Locked, Pending, cancel, find_pending, lock_both, write_pending};
use crate::entities::email_change::{Column, Entity};
use crate::identities::lock_user;
use crate::store::Store;

/// Maximum number of due changes that one statement reads.
const MAX_DUE: u64 = 100;

impl Store {
    /// Records a change, replacing a pending one, and sends a code to the new mailbox, and to the present one if it is
    /// proved. An address that another account has proved gets a notice instead: nothing else differs.
    ///
    /// # Errors
    /// [`ChangeEmailError`].
    pub async fn begin_email_change(
        &self,
        mailer: &CodeMailer,
        request: &ChangeEmail<'_>,
    ) -> Result<(), ChangeEmailError> {
        self.write(async |tx| {
            let Some(before) = find_user(tx, request.user).await? else { return Ok(Err(ChangeEmailError::NoSuchUser)) };
            let old = before.email;
            if old.as_ref() == Some(request.to) {
                return Ok(Err(ChangeEmailError::OwnEmail));
            }
            let (own, target) = lock_both(tx, old.as_ref(), request.to).await?;
            if lock_user(tx, request.user).await?.is_none() {
                return Ok(Err(ChangeEmailError::NoSuchUser));
            }
            let own = own.filter(|login| login.user.id == request.user && !login.is_claim());
            write_pending(tx, request, own.as_ref().and(old.as_ref())).await?;
            send_codes(tx, mailer, request, own.as_ref().and(old.as_ref()), target.as_ref()).await.map(Ok)
        })
        .await?
    }

    /// Confirms a change with the codes that were typed. Applies it, or lets it wait for a week when the present mailbox
    /// is proved and its code is not given.
    ///
    /// # Errors
    /// [`ChangeEmailError`].
    pub async fn confirm_email_change(
        &self,
        mailer: &CodeMailer,
        request: &ConfirmEmailChange<'_>,
    ) -> Result<EmailChangeState, ChangeEmailError> {
        self.write(async |tx| {
            let pending = find_pending(tx, request.user, request.at).await?;
            let pending = pending.filter(|pending| pending.session == request.session);
            let Some(pending) = pending else { return Ok(Err(ChangeEmailError::CodeInvalid)) };
            let Some(locked) = Locked::of(tx, request.user, &pending.to).await? else {
                return Ok(Err(ChangeEmailError::NoSuchUser));
            };
            let Some((change, release)) = try_codes(tx, mailer, request, &pending).await? else {
                return Ok(Err(ChangeEmailError::CodeInvalid));
            };
            match locked.target {
                Some(target) if target.user.id != request.user && !target.is_claim() => {
                    return Ok(Err(ChangeEmailError::EmailTaken));
                }
                Some(target) if target.user.id != request.user && !request.take_claimed => {
                    return Ok(Err(ChangeEmailError::EmailClaimed));
                }
                _ => {}
            }
            for code in change.iter().chain(&release) {
                if !mail_codes::spend(tx, *code, request.at).await? {
                    return Ok(Err(ChangeEmailError::CodeInvalid));
                }
            }
            let present = locked.proved_present();
            let release = release.filter(|_| present == pending.from.as_ref());
            if let (Some(present), None) = (present, release) {
                return wait(tx, mailer, request, &pending, present).await.map(Ok);
            }
            let address = request.client.location.address;
            apply(tx, mailer, (locked, &pending), (request.client, address), request.at).await?;
            Ok(Ok(EmailChangeState::Changed))
        })
        .await?
    }

    /// The pending change of an account.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn find_email_change(
        &self,
        user: UserId,
        now: DateTime<Utc>,
    ) -> Result<Option<PendingEmailChange>, DatabaseError> {
        let row = Entity::find_by_id(user.0).one(&self.db).await?;
        let pending = row.and_then(|row| Pending::of(row, now));
        Ok(pending.map(|pending| PendingEmailChange { to: pending.to, due_at: pending.due_at }))
    }

    /// Cancels the pending change of an account. `false` when there is none.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn cancel_email_change(&self, user: UserId) -> Result<bool, DatabaseError> {
        self.write(async |tx| cancel(tx, user).await).await
    }

    /// Accounts with a change that is due at `now`, at most 100.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn list_due_email_changes(&self, now: DateTime<Utc>) -> Result<Vec<UserId>, DatabaseError> {
        let query = Entity::find()
            .select_only()
            .column(Column::UserId)
            .filter(Column::DueAt.lte(stored_time(now)))
            .limit(MAX_DUE)
            .into_tuple::<Uuid>();
        Ok(query.all(&self.db).await?.into_iter().map(UserId).collect())
    }

    /// Applies the change of an account if it is due at `now`. An address that another account has proved meanwhile
    /// stays with that one, and the change is dropped. `true` when the address was changed.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn apply_due_email_change(
        &self,
        mailer: &CodeMailer,
        user: UserId,
        now: DateTime<Utc>,
    ) -> Result<bool, DatabaseError> {
        self.write(async |tx| {
            let pending = find_pending(tx, user, now).await?;
            let Some(pending) = pending.filter(|pending| pending.due_at.is_some_and(|due| due <= now)) else {
                return Ok(false);
            };
            let locked = Locked::of(tx, user, &pending.to).await?;
            let Some(locked) = locked.filter(|locked| locked.is_free(user)) else {
                cancel(tx, user).await?;
                return Ok(false);
            };
            apply(tx, mailer, (locked, &pending), (&ClientContext::default(), None), now).await.map(|()| true)
        })
        .await
    }
}

/// Ids of the right codes; `None` when one that was typed is wrong, or the new mailbox is not confirmed.
async fn try_codes(
    tx: &DatabaseTransaction,
    mailer: &CodeMailer,
    request: &ConfirmEmailChange<'_>,
    pending: &Pending,
) -> Result<Option<(Option<Uuid>, Option<Uuid>)>, DbErr> {
    let holder = CodeHolder { asker: request.session.0, address: request.client.location.address };
    let (mut change, mut release) = (None, None);
    if let Some(typed) = request.code {
        let code = try_code(tx, mailer.codes(), CodePurpose::Change, holder, typed, request.at).await?;
        let code = code.filter(|code| code.binding.login == pending.to);
        let Some(code) = code else { return Ok(None) };
        change = Some(code.id);
    } else if pending.due_at.is_none() {
        return Ok(None);
    }
    if let Some(typed) = request.release_code {
        let code = try_code(tx, mailer.codes(), CodePurpose::Release, holder, typed, request.at).await?;
        let code = code.filter(|code| Some(&code.binding.login) == pending.from.as_ref());
        let Some(code) = code else { return Ok(None) };
        release = Some(code.id);
    }
    Ok(Some((change, release)))
}

/// Changes the address. The former one, if proved, is notified and may undo it for a week.
async fn apply(
    tx: &DatabaseTransaction,
    mailer: &CodeMailer,
    (locked, pending): (Locked, &Pending),
    (client, address): (&ClientContext, Option<std::net::IpAddr>),
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let former = locked.proved_present().cloned();
    locked.replace(tx, &pending.to, at).await?;
    let user = locked.key.id;
    cancel(tx, user).await?;
    mail_codes::delete_codes(tx, user, Some(CodePurpose::Undo)).await?;
    record(tx, user, AccountEventKind::EmailChanged, address, at).await?;
    let Some(former) = former else { return Ok(()) };
    notify_former(tx, mailer, (user, &former), client, at).await
}
