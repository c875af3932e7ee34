//! A first password for an account that came from a provider.

use contracts::Secret;
use contracts::ids::UserId;

use crate::domain::{AccountEvent, AccountEventKind, Email, Visit, is_too_common};
use crate::flows::current_user::find_anywhere;
use crate::hashing::HashingError;
use crate::mails::Notice;
use crate::state::AppState;
use crate::storage::{SetPasswordOutcome, StorageError};

/// Why there is no password yet.
#[derive(Debug, thiserror::Error)]
pub enum SetPasswordError {
    /// Guessing would begin with this password.
    #[error("the password is too common")]
    PasswordTooCommon,
    /// There is a password already.
    #[error("the account has a password")]
    AlreadySet,
    /// A password alone signs nobody in.
    #[error("the account needs an e-mail to go with a password")]
    EmailNeeded,
    /// Another account has the e-mail.
    #[error("the e-mail is taken")]
    EmailTaken,
    /// The account has another e-mail.
    #[error("the account has another e-mail")]
    OtherEmail,
    /// The account is gone.
    #[error("there is no such account")]
    NoSuchUser,
    /// The password could not be hashed.
    #[error("the password could not be hashed")]
    Hashing(#[from] HashingError),
    /// SQL failed.
    #[error("the account could not be changed")]
    Storage(#[from] StorageError),
}

/// Gives an account its first password, and with `email` a login where it has none.
///
/// # Errors
/// [`SetPasswordError`]; nothing has changed then.
pub async fn set_password(
    state: &AppState,
    id: UserId,
    password: Secret,
    email: Option<Email>,
    visit: &Visit,
) -> Result<(), SetPasswordError> {
    let key = state.store.find_user_key(id).await?.ok_or(SetPasswordError::NoSuchUser)?;
    let user = find_anywhere(&state.store, key).await?.ok_or(SetPasswordError::NoSuchUser)?;
    if user.password_hash.is_some() {
        return Err(SetPasswordError::AlreadySet); // before anything is hashed
    }
    let login = user.email.as_ref().or(email.as_ref()).ok_or(SetPasswordError::EmailNeeded)?;
    if is_too_common(password.expose(), login) {
        return Err(SetPasswordError::PasswordTooCommon);
    }
    let hash = state.hashing.hash(password).await?;
    let event = AccountEvent {
        user_id: id,
        at: state.now(),
        kind: AccountEventKind::PasswordSet,
        subject: String::new(),
        address: visit.place.address,
    };
    match state.store.set_first_password(id, &hash, email.as_ref(), &event).await? {
        SetPasswordOutcome::Set(email) => {
            tracing::info!(audit = true, user.id = %id, "password set");
            state.mails.notify(&email, visit.language, Notice::PasswordSet, &visit.place);
            Ok(())
        }
        SetPasswordOutcome::AlreadySet => Err(SetPasswordError::AlreadySet),
        SetPasswordOutcome::EmailNeeded => Err(SetPasswordError::EmailNeeded),
        SetPasswordOutcome::EmailTaken => Err(SetPasswordError::EmailTaken),
        SetPasswordOutcome::OtherEmail => Err(SetPasswordError::OtherEmail),
        SetPasswordOutcome::NoSuchUser => Err(SetPasswordError::NoSuchUser),
    }
}
