//! The first password of an account created by social sign-in.

use contracts::ids::{SessionId, UserId};
use credentials::hashing::{HashLane, HashingError};
use mailer::Notification;

use super::freshness::is_fresh;
use super::notify_owner::notify_email;
use crate::domain::{AccountEvent, AccountEventKind, ClientContext, Email, NewPassword, PasswordTooCommon};
use crate::flows::current_user::find_anywhere;
use crate::state::AppState;
use crate::storage::{SetPasswordOutcome, StorageError};

/// Reasons why no password was set.
#[derive(Debug, thiserror::Error)]
pub enum SetPasswordError {
    /// The password is too common.
    #[error("the password is too common")]
    PasswordTooCommon(#[from] PasswordTooCommon),
    /// The account has a password.
    #[error("the account has a password")]
    AlreadySet,
    /// A password needs an e-mail to sign in with.
    #[error("the account needs an e-mail to go with a password")]
    EmailNeeded,
    /// Another account has the e-mail.
    #[error("the e-mail is taken")]
    EmailTaken,
    /// The account has another e-mail.
    #[error("the account has another e-mail")]
    OtherEmail,
    /// The session is too old: sign in again first.
    #[error("the session is not fresh enough")]
    NotFresh,
    /// The account does not exist.
    #[error("there is no such account")]
    NoSuchUser,
    /// The password could not be hashed.
    #[error("the password could not be hashed")]
    Hashing(#[from] HashingError),
    /// SQL failed.
    #[error("the account could not be changed")]
    Storage(#[from] StorageError),
}

/// Login that a first password belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FirstLogin {
    /// The account's existing e-mail.
    Own(Email),
    /// A new e-mail: the response reveals whether another account has it.
    New(Email),
}

/// Performs the checks that need no hashing and do not disclose e-mails of others. A password outlives every token, so
/// the session must be fresh.
///
/// # Errors
/// [`SetPasswordError`].
pub async fn check_first_password(
    state: &AppState,
    id: UserId,
    session: SessionId,
    password: &NewPassword,
    email: Option<Email>,
) -> Result<FirstLogin, SetPasswordError> {
    let key = state.store.find_user_key(id).await?.ok_or(SetPasswordError::NoSuchUser)?;
    let user = find_anywhere(&state.store, key).await?.ok_or(SetPasswordError::NoSuchUser)?;
    if user.password_hash.is_some() {
        return Err(SetPasswordError::AlreadySet);
    }
    if !is_fresh(state, session).await?.ok_or(SetPasswordError::NoSuchUser)? {
        return Err(SetPasswordError::NotFresh);
    }
    let login = match (user.email, email) {
        (None, None) => return Err(SetPasswordError::EmailNeeded),
        (Some(own), Some(given)) if own != given => return Err(SetPasswordError::OtherEmail),
        (Some(own), _) => FirstLogin::Own(own),
        (None, Some(given)) => FirstLogin::New(given),
    };
    let (FirstLogin::Own(email) | FirstLogin::New(email)) = &login;
    password.check_blocklist(email)?;
    Ok(login)
}

/// Sets the first password of an account, and its login if that is new. The write repeats the checks.
///
/// # Errors
/// [`SetPasswordError`]; then nothing was changed.
pub async fn set_password(
    state: &AppState,
    lane: HashLane,
    id: UserId,
    password: NewPassword,
    login: FirstLogin,
    visit: &ClientContext,
) -> Result<(), SetPasswordError> {
    let hash = state.hashing.hash(lane, password.into_secret()).await?;
    let (FirstLogin::Own(email) | FirstLogin::New(email)) = login;
    let event = AccountEvent {
        user_id: id,
        at: state.now(),
        kind: AccountEventKind::PasswordSet,
        subject: String::new(),
        address: visit.place.address,
    };
    match state.store.set_first_password(id, &hash, Some(&email), &event).await? {
        SetPasswordOutcome::Set(email) => {
            tracing::info!(audit = true, user.id = %id, "password set");
            notify_email(&state.mails, &email, visit, Notification::PasswordSet);
            Ok(())
        }
        SetPasswordOutcome::AlreadySet => Err(SetPasswordError::AlreadySet),
        SetPasswordOutcome::EmailNeeded => Err(SetPasswordError::EmailNeeded),
        SetPasswordOutcome::EmailTaken => Err(SetPasswordError::EmailTaken),
        SetPasswordOutcome::OtherEmail => Err(SetPasswordError::OtherEmail),
        SetPasswordOutcome::NoSuchUser => Err(SetPasswordError::NoSuchUser),
    }
}
