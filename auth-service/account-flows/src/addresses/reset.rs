//! Resets of passwords by a code or a link from the mailbox.

use account_storage::{CodeHolder, OpenCode, ResetRequest};
use accounts::{ClientContext, CodePurpose, Email, NewPassword, OpenedLink, PasswordTooCommon, TypedCode};
use credentials::hashing::{HashLane, HashingError};
use futures_util::future::join_all;
use service_kit::database::DatabaseError;
use uuid::Uuid;

use super::ownership::Addresses;

/// What proves that the client reads the mailbox.
#[derive(Debug)]
pub enum ResetSecret {
    /// A typed code, with the id of the reset that asked for it.
    Code {
        /// The reset.
        reset: Uuid,
        /// The code.
        code: TypedCode,
    },
    /// The link of a mail, in any browser.
    Link(OpenedLink),
}

/// A new password with the proof.
#[derive(Debug)]
pub struct ConfirmReset {
    /// The proof.
    pub secret: ResetSecret,
    /// The new password.
    pub password: NewPassword,
    /// Location and language of the client.
    pub client: ClientContext,
}

/// Reasons why the password was not reset.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmResetError {
    /// The code or the link is wrong, spent or expired, or the address has another owner by now.
    #[error("the code is not valid")]
    CodeInvalid,
    /// The new password is too common; the code is not spent.
    #[error("the password is too common")]
    PasswordTooCommon(#[from] PasswordTooCommon),
    /// The password could not be hashed; the code is not spent.
    #[error("the password could not be hashed")]
    Hashing(#[from] HashingError),
    /// SQL failed; the code is not spent.
    #[error("the reset could not be read or written")]
    Storage(#[from] DatabaseError),
}

impl Addresses {
    /// Sends a code to the owner of an address, and returns the id of the reset. With the id of an `earlier` reset its
    /// code stays valid beside the new one. The result is the same for every address.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn request_reset(
        &self,
        email: &Email,
        earlier: Option<Uuid>,
        client: &ClientContext,
    ) -> Result<Uuid, DatabaseError> {
        let id = earlier.unwrap_or_else(Uuid::new_v4);
        let request = ResetRequest { id, email, client, at: self.clock.now() };
        self.store.begin_email_reset(&self.mailer, &request).await?;
        self.mailer.wake();
        Ok(id)
    }

    /// `true` while the link of a reset can be used. Changes nothing: programs that scan mails open links.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn is_reset_link(&self, opened: &OpenedLink) -> Result<bool, DatabaseError> {
        let now = self.clock.now();
        Ok(self.store.find_code_by_link(&self.mailer, CodePurpose::Reset, opened, now).await?.is_some())
    }

    /// Sets the password and ends all sessions, access tokens and known devices. Starts no session. The code is spent
    /// with the change, and by no error; a wrong one is counted.
    ///
    /// # Errors
    /// [`ConfirmResetError`].
    pub async fn confirm_reset(&self, lane: HashLane, request: ConfirmReset) -> Result<(), ConfirmResetError> {
        let ConfirmReset { secret, password, client } = request;
        let code = self.find_reset(&secret, &client).await?.ok_or(ConfirmResetError::CodeInvalid)?;
        password.check_blocklist(&code.binding.login)?;
        let hash = self.hashing.hash(lane, password.into_secret()).await?;
        let now = self.clock.now();
        let completed = self.store.complete_email_reset(&self.mailer, &code, &hash, &client, now).await?;
        let completed = completed.ok_or(ConfirmResetError::CodeInvalid)?;
        self.revocations.cut_off(completed.cutoff);
        let (user, handed_over) = (completed.user, completed.handed_over);
        tracing::info!(audit = true, user.id = %user, handed_over, "password reset by the owner of the mailbox");
        self.mailer.wake();
        join_all(completed.unlinked.iter().map(|identity| self.grants.withdraw(identity))).await;
        Ok(())
    }

    async fn find_reset(
        &self,
        secret: &ResetSecret,
        client: &ClientContext,
    ) -> Result<Option<OpenCode>, DatabaseError> {
        let now = self.clock.now();
        match secret {
            ResetSecret::Link(opened) => {
                self.store.find_code_by_link(&self.mailer, CodePurpose::Reset, opened, now).await
            }
            ResetSecret::Code { reset, code } => {
                let holder = CodeHolder { asker: *reset, address: client.location.address };
                self.store.try_reset_code(&self.mailer, holder, code, now).await
            }
        }
    }
}
