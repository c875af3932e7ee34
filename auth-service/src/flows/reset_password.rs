//! Another password for an account whose owner cannot prove anything any more: for operators, who own the database.

use contracts::Secret;

use crate::domain::{Email, is_too_common};
use crate::hashing::{HashLane, HashingError};
use crate::state::AppState;
use crate::storage::StorageError;

/// Why the password stays.
#[derive(Debug, thiserror::Error)]
pub enum ResetPasswordError {
    /// Nobody signs in with this e-mail.
    #[error("there is no account with this e-mail")]
    NoSuchUser,
    /// Guessing would begin with it.
    #[error("the password is too common")]
    PasswordTooCommon,
    /// The password could not be hashed.
    #[error("the password could not be hashed")]
    Hashing(#[from] HashingError),
    /// SQL failed.
    #[error("the account could not be read or written")]
    Storage(#[from] StorageError),
}

/// Sets the password of an account and ends all its sessions. Running replicas see that within a second.
///
/// # Errors
/// [`ResetPasswordError`]; nothing has changed then.
pub async fn reset_password(state: &AppState, email: &Email, password: Secret) -> Result<(), ResetPasswordError> {
    if is_too_common(password.expose(), email) {
        return Err(ResetPasswordError::PasswordTooCommon);
    }
    let key = state.store.find_user_key_by_email(email).await?.ok_or(ResetPasswordError::NoSuchUser)?;
    let hash = state.hashing.hash(HashLane::KnownDevice, password).await?;
    let cutoff = state.store.reset_password(key.id, &hash, state.now()).await?;
    state.revocations.cut_off(cutoff.ok_or(ResetPasswordError::NoSuchUser)?);
    tracing::info!(audit = true, user.id = %key.id, "password reset by an operator");
    Ok(())
}
