//! Changing a password.

use contracts::Secret;
use contracts::ids::SessionId;

use super::current_user::find_anywhere;
use crate::domain::{UserKey, UserStatus, Visit, is_too_common};
use crate::hashing::HashingError;
use crate::mails::Notice;
use crate::state::AppState;
use crate::storage::{PasswordChange, StorageError};

/// What somebody gives to get another password.
#[derive(Debug)]
pub struct ChangePassword {
    /// Who.
    pub user: UserKey,
    /// In which session, which goes on.
    pub session: SessionId,
    /// From where.
    pub visit: Visit,
    /// The password as it is now.
    pub current: Secret,
    /// The password as it shall be.
    pub new: Secret,
}

/// Why the password stays.
#[derive(Debug, thiserror::Error)]
pub enum ChangePasswordError {
    /// The current password is another one, or has become another one just now.
    #[error("wrong password")]
    WrongPassword,
    /// There is none to change.
    #[error("the account has no password")]
    NoPassword,
    /// Guessing would begin with the new one.
    #[error("the password is too common")]
    PasswordTooCommon,
    /// The account is gone or closed.
    #[error("there is no such account")]
    NoSuchUser,
    /// A password could not be hashed.
    #[error("the password could not be checked or hashed")]
    Hashing(#[from] HashingError),
    /// SQL failed.
    #[error("the account could not be read or written")]
    Storage(#[from] StorageError),
}

/// Changes a password and ends all other sessions: whoever had the old password is out.
///
/// # Errors
/// [`ChangePasswordError`].
pub async fn change_password(state: &AppState, wish: ChangePassword) -> Result<(), ChangePasswordError> {
    let user = find_anywhere(&state.store, wish.user).await?.filter(|user| user.status == UserStatus::Active);
    let user = user.ok_or(ChangePasswordError::NoSuchUser)?;
    let (Some(from), Some(email)) = (user.password_hash, user.email) else {
        return Err(ChangePasswordError::NoPassword);
    };
    // The current password first: who does not know it is told nothing else.
    if !state.hashing.verify(wish.current, Some(from.clone())).await? {
        return Err(ChangePasswordError::WrongPassword);
    }
    if is_too_common(wish.new.expose(), &email) {
        return Err(ChangePasswordError::PasswordTooCommon);
    }
    let to = state.hashing.hash(wish.new).await?;
    let change = PasswordChange {
        user: user.key.id,
        from,
        to,
        keep: wish.session,
        at: state.now(),
        address: wish.visit.place.address,
    };
    let cutoff = state.store.change_password(&change).await?.ok_or(ChangePasswordError::WrongPassword)?;
    state.revocations.cut_off(cutoff);
    tracing::info!(audit = true, user.id = %user.key.id, session.id = %wish.session, "password changed");
    state.mails.notify(&email, wish.visit.language, Notice::PasswordChanged, &wish.visit.place);
    Ok(())
}
