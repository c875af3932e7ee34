//! Reset of a password without proof by its owner: for operators, who control the database.

use accounts::{AuditContext, Email, NewPassword, PasswordTooCommon};
use credentials::hashing::{HashLane, HashingError};
use mailer::OperatorAct;
use service_kit::database::DatabaseError;

use super::notify_owner::operator_mail;
use super::passwords::Passwords;

/// Reasons why the password was not reset.
#[derive(Debug, thiserror::Error)]
pub enum ResetPasswordError {
    /// There is no account with this e-mail.
    #[error("there is no account with this e-mail")]
    NoSuchUser,
    /// The password is too common.
    #[error("the password is too common")]
    PasswordTooCommon(#[from] PasswordTooCommon),
    /// The password could not be hashed.
    #[error("the password could not be hashed")]
    Hashing(#[from] HashingError),
    /// SQL failed.
    #[error("the account could not be read or written")]
    Storage(#[from] DatabaseError),
}

impl Passwords {
    /// Sets the password of an account and ends all its sessions. Running replicas apply that within a second.
    ///
    /// # Errors
    /// [`ResetPasswordError`]; then nothing was changed.
    pub async fn reset(
        &self,
        email: &Email,
        password: NewPassword,
        context: &AuditContext,
    ) -> Result<(), ResetPasswordError> {
        password.check_blocklist(email)?;
        let key = self.store.find_user_key_by_email(email).await?.ok_or(ResetPasswordError::NoSuchUser)?;
        let hash = self.hashing.hash(HashLane::KnownDevice, password.into_secret()).await?;
        let mail = operator_mail(&self.outbox, OperatorAct::PasswordReset);
        let cutoff = self.store.reset_password(key.id, &hash, context, Some(&mail)).await?;
        self.outbox.wake();
        self.revocations.cut_off(cutoff.ok_or(ResetPasswordError::NoSuchUser)?);
        tracing::info!(audit = true, user.id = %key.id, "password reset by an operator");
        Ok(())
    }
}
