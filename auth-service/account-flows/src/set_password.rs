//! The first password of an account created by social sign-in.

use account_storage::FirstPasswordError;
use accounts::{AccountEvent, AccountEventKind, ClientContext, Email, NewPassword, PasswordTooCommon, User};
use contracts::ids::{SessionId, UserId};
use credentials::hashing::{HashLane, HashingError};
use mailer::Notification;

use super::notify_owner::owner_mail;
use super::passwords::Passwords;
use crate::current_user::find_anywhere;

/// Reasons why no password was set.
#[derive(Debug, thiserror::Error)]
pub enum SetPasswordError {
    /// The password is too common.
    #[error("the password is too common")]
    PasswordTooCommon(#[from] PasswordTooCommon),
    /// The session is too old: sign in again first.
    #[error("the session is not fresh enough")]
    NotFresh,
    /// The password could not be hashed.
    #[error("the password could not be hashed")]
    Hashing(#[from] HashingError),
    /// The account permits no first password, or SQL failed.
    #[error("the account could not be changed")]
    FirstPassword(#[from] FirstPasswordError),
}

/// Login that a first password belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FirstLogin {
    /// The account's existing e-mail.
    Own(Email),
    /// A new e-mail: the response reveals whether another account has it.
    New(Email),
}

impl Passwords {
    /// Performs the checks that need no hashing and do not disclose e-mails of others. A password outlives every token,
    /// so the session must be fresh.
    ///
    /// # Errors
    /// [`SetPasswordError`].
    pub async fn check_first(
        &self,
        id: UserId,
        session: SessionId,
        password: &NewPassword,
        email: Option<Email>,
    ) -> Result<FirstLogin, SetPasswordError> {
        let user = self.find_without_password(id).await?;
        let is_fresh = self.sessions.is_fresh(session).await.map_err(FirstPasswordError::from)?;
        if !is_fresh.ok_or(FirstPasswordError::NoSuchUser)? {
            return Err(SetPasswordError::NotFresh);
        }
        let login = match (user.email, email) {
            (None, None) => return Err(FirstPasswordError::EmailNeeded.into()),
            (Some(own), Some(given)) if own != given => return Err(FirstPasswordError::OtherEmail.into()),
            (Some(own), _) => FirstLogin::Own(own),
            (None, Some(given)) => FirstLogin::New(given),
        };
        let (FirstLogin::Own(email) | FirstLogin::New(email)) = &login;
        password.check_blocklist(email)?;
        Ok(login)
    }

    async fn find_without_password(&self, id: UserId) -> Result<User, FirstPasswordError> {
        let key = self.store.find_user_key(id).await?.ok_or(FirstPasswordError::NoSuchUser)?;
        let user = find_anywhere(&self.store, key).await?.ok_or(FirstPasswordError::NoSuchUser)?;
        if user.password_hash.is_some() { Err(FirstPasswordError::AlreadySet) } else { Ok(user) }
    }

    /// Sets the first password of an account, and its login if that is new. The write repeats the checks.
    ///
    /// # Errors
    /// [`SetPasswordError`]; then nothing was changed.
    pub async fn set_first(
        &self,
        lane: HashLane,
        id: UserId,
        password: NewPassword,
        login: FirstLogin,
        client: &ClientContext,
    ) -> Result<(), SetPasswordError> {
        let hash = self.hashing.hash(lane, password.into_secret()).await?;
        let (FirstLogin::Own(email) | FirstLogin::New(email)) = login;
        let event = AccountEvent {
            user_id: id,
            at: self.clock.now(),
            kind: AccountEventKind::PasswordSet,
            subject: String::new(),
            address: client.location.address,
        };
        let mail = owner_mail(&self.outbox, client, Notification::PasswordSet);
        self.store.set_first_password(id, &hash, Some(&email), &event, Some(&mail)).await?;
        tracing::info!(audit = true, user.id = %id, "password set");
        self.outbox.wake();
        Ok(())
    }
}
