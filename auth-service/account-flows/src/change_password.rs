//! Changing a password.

use account_storage::PasswordChange;
use accounts::{ClientContext, Email, NewPassword, Password, PasswordTooCommon, UserKey, UserStatus};
use contracts::ids::SessionId;
use credentials::hashing::{HashLane, HashingError, PasswordForms, PasswordHash};
use futures_util::future::join_all;
use mailer::Notification;
use service_kit::database::DatabaseError;

use super::current_user::find_anywhere;
use super::notify_owner::owner_mail;
use super::passwords::Passwords;

/// Request to change a password.
#[derive(Debug)]
pub struct ChangePassword {
    /// The account.
    pub user: UserKey,
    /// The session that is kept.
    pub session: SessionId,
    /// Location and language of the client.
    pub client: ClientContext,
    /// The current password.
    pub current: Password,
    /// The new password.
    pub new: NewPassword,
    /// `true` also unlinks all social accounts: an intruder may have linked one.
    pub unlink: bool,
}

/// An account with a password.
#[derive(Debug, Clone)]
pub struct PasswordAccount {
    /// Its login; none where another account keeps the address.
    pub email: Option<Email>,
    /// Key of the account for the limits.
    pub account_key: String,
    /// Hash of the current password.
    pub hash: PasswordHash,
}

/// Reasons why the password was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangePasswordError {
    /// The current password is wrong, or was changed concurrently.
    #[error("wrong password")]
    WrongPassword,
    /// The account has no password.
    #[error("the account has no password")]
    NoPassword,
    /// The new password is too common.
    #[error("the password is too common")]
    PasswordTooCommon(#[from] PasswordTooCommon),
    /// The account does not exist or is disabled.
    #[error("there is no such account")]
    NoSuchUser,
    /// A password could not be hashed.
    #[error("the password could not be checked or hashed")]
    Hashing(#[from] HashingError),
    /// SQL failed.
    #[error("the account could not be read or written")]
    Storage(#[from] DatabaseError),
}

impl Passwords {
    /// Performs the checks that need no hashing.
    ///
    /// # Errors
    /// [`ChangePasswordError`].
    pub async fn find_password_account(&self, user: UserKey) -> Result<PasswordAccount, ChangePasswordError> {
        let user = find_anywhere(&self.store, user).await?.filter(|user| user.status == UserStatus::Active);
        let user = user.ok_or(ChangePasswordError::NoSuchUser)?;
        let hash = user.password_hash.ok_or(ChangePasswordError::NoPassword)?;
        let account_key =
            user.email.as_ref().map_or_else(|| user.key.id.to_string(), |email| email.as_str().to_owned());
        Ok(PasswordAccount { email: user.email, account_key, hash })
    }

    /// Changes a password and ends all other sessions and known devices: users of the old password are signed out.
    /// Returns the new version of the account's tokens.
    ///
    /// # Errors
    /// [`ChangePasswordError`].
    pub async fn change(
        &self,
        lane: HashLane,
        account: PasswordAccount,
        request: ChangePassword,
    ) -> Result<i64, ChangePasswordError> {
        let PasswordAccount { email, hash: from, .. } = account;
        let current = request.current.into_forms();
        // The current password first: nothing is disclosed without it.
        self.verify_current(lane, &current, &from).await?;
        request.new.check_blocklist(email.as_ref())?;
        let to = self.hashing.hash(lane, request.new.into_secret()).await?;
        let mut change = PasswordChange {
            user: request.user.id,
            from,
            to,
            keep: request.session,
            unlink: request.unlink,
            at: self.clock.now(),
            address: request.client.location.address,
            mail: Some(owner_mail(
                &self.outbox,
                &request.client,
                Notification::PasswordChanged { unlinked: request.unlink },
            )),
        };
        let changed = match self.store.change_password(&change).await? {
            Some(changed) => changed,
            None => {
                // A concurrent sign-in may have replaced the hash by another one of the same password.
                change.from = self.find_password_account(request.user).await?.hash;
                self.verify_current(lane, &current, &change.from).await?;
                self.store.change_password(&change).await?.ok_or(ChangePasswordError::WrongPassword)?
            }
        };
        self.revocations.cut_off(changed.cutoff);
        tracing::info!(audit = true, user.id = %request.user.id, session.id = %request.session, "password changed");
        self.outbox.wake();
        join_all(changed.unlinked.iter().map(|identity| self.grants.withdraw(identity))).await;
        Ok(changed.cutoff.version)
    }

    async fn verify_current(
        &self,
        lane: HashLane,
        current: &PasswordForms,
        hash: &PasswordHash,
    ) -> Result<(), ChangePasswordError> {
        match self.hashing.verify(lane, current.clone(), Some(hash.clone())).await?.is_right() {
            true => Ok(()),
            false => Err(ChangePasswordError::WrongPassword),
        }
    }
}
