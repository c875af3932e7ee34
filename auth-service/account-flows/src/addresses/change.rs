//! Changes of the login e-mail. A fresh session or the password is needed to ask.

use account_storage::{ChangeEmail, ChangeEmailError, ConfirmEmailChange, EmailChangeState, PendingEmailChange};
use accounts::{ClientContext, CodePurpose, Email, OpenedLink, Password};
use contracts::ids::{SessionId, UserId};
use credentials::hashing::{HashLane, HashingError};
use service_kit::database::DatabaseError;

use super::ownership::Addresses;
use crate::current_user::find_anywhere;

/// Reasons why a change of address did not begin.
#[derive(Debug, thiserror::Error)]
pub enum RequestChangeError {
    /// The session is not fresh, and no password was given.
    #[error("the session is not fresh enough")]
    NotFresh,
    /// The password is wrong, or the account has none.
    #[error("wrong password")]
    WrongPassword,
    /// The password could not be verified.
    #[error("the password could not be checked")]
    Hashing(#[from] HashingError),
    /// The change is not possible, or SQL failed.
    #[error("the change could not be recorded")]
    Change(#[from] ChangeEmailError),
}

impl Addresses {
    /// `true` when the session is fresh: a change then needs no password.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn is_fresh(&self, session: SessionId) -> Result<bool, DatabaseError> {
        Ok(self.sessions.is_fresh(session).await?.unwrap_or(false))
    }

    /// Records a change and sends the codes. In a session that is not fresh the password must be given.
    ///
    /// # Errors
    /// [`RequestChangeError`].
    pub async fn request_change(
        &self,
        (user, session): (UserId, SessionId),
        to: &Email,
        password: Option<(HashLane, Password)>,
        client: &ClientContext,
    ) -> Result<(), RequestChangeError> {
        match password {
            Some((lane, password)) => self.verify_password(lane, user, password).await?,
            None if self.is_fresh(session).await.map_err(ChangeEmailError::from)? => {}
            None => return Err(RequestChangeError::NotFresh),
        }
        let request = ChangeEmail { user, session, to, client, at: self.clock.now() };
        self.store.begin_email_change(&self.mailer, &request).await?;
        self.mailer.wake();
        tracing::info!(audit = true, user.id = %user, "change of e-mail requested");
        Ok(())
    }

    /// Confirms a change with the codes of both mailboxes.
    ///
    /// # Errors
    /// [`ChangeEmailError`].
    pub async fn confirm_change(&self, request: &ConfirmEmailChange<'_>) -> Result<EmailChangeState, ChangeEmailError> {
        let state = self.store.confirm_email_change(&self.mailer, request).await?;
        self.mailer.wake();
        let waits = matches!(state, EmailChangeState::Waits(_));
        tracing::info!(audit = true, user.id = %request.user, waits, "change of e-mail confirmed");
        Ok(state)
    }

    /// The pending change of an account.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn pending_change(&self, user: UserId) -> Result<Option<PendingEmailChange>, DatabaseError> {
        self.store.find_email_change(user, self.clock.now()).await
    }

    /// Cancels the pending change of an account, if there is one.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn cancel_change(&self, user: UserId) -> Result<(), DatabaseError> {
        if self.store.cancel_email_change(user).await? {
            tracing::info!(audit = true, user.id = %user, "change of e-mail cancelled");
        }
        Ok(())
    }

    /// `true` while the link of the former mailbox can be used. Changes nothing.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn is_undo_link(&self, opened: &OpenedLink) -> Result<bool, DatabaseError> {
        let now = self.clock.now();
        Ok(self.store.find_code_by_link(&self.mailer, CodePurpose::Undo, opened, now).await?.is_some())
    }

    /// Cancels or undoes a change with the link of the former mailbox, and ends all sessions. The client must name that
    /// address: programs that press buttons in mails do not know it. `false` when the link cannot be used.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn undo_change(
        &self,
        opened: &OpenedLink,
        former: &Email,
        client: &ClientContext,
    ) -> Result<bool, DatabaseError> {
        let now = self.clock.now();
        let undone = self.store.undo_email_change(&self.mailer, (opened, former), client, now).await?;
        let Some(undone) = undone else { return Ok(false) };
        self.revocations.cut_off(undone.cutoff);
        self.mailer.wake();
        tracing::info!(audit = true, user.id = %undone.user, "change of e-mail undone");
        Ok(true)
    }

    async fn verify_password(
        &self,
        lane: HashLane,
        user: UserId,
        password: Password,
    ) -> Result<(), RequestChangeError> {
        let key = self.store.find_user_key(user).await.map_err(ChangeEmailError::from)?;
        let key = key.ok_or(ChangeEmailError::NoSuchUser)?;
        let found = find_anywhere(&self.store, key).await.map_err(ChangeEmailError::from)?;
        let hash = found.ok_or(ChangeEmailError::NoSuchUser)?.password_hash;
        match self.hashing.verify(lane, password.into_forms(), hash).await?.is_right() {
            true => Ok(()),
            false => Err(RequestChangeError::WrongPassword),
        }
    }
}
