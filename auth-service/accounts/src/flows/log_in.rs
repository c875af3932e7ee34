//! Signing in with e-mail and password.

use contracts::auth::devices::Device;
use contracts::ids::UserId;
use credentials::hashing::{HashLane, HashingError};
use service_kit::database::DatabaseError;

use super::current_user::{CurrentUser, find_anywhere};
use super::open_session::NewSignIn;
use super::passwords::Passwords;
use super::token_pair::{IssueError, TokenPair};
use crate::domain::{
    Cell, ClientLocation, Email, Password, SignIn, SignInMethod, SignInResult, User, UserKey, UserStatus,
};

/// Credentials of a sign-in, with its device and location.
#[derive(Debug)]
pub struct LogIn {
    /// The login e-mail; `None` when the given one is not valid, which is treated like an unknown one.
    pub email: Option<Email>,
    /// The password.
    pub password: Password,
    /// The device.
    pub device: Device,
    /// Location of the client.
    pub location: ClientLocation,
}

/// Reasons of a failed sign-in.
#[derive(Debug, thiserror::Error)]
pub enum LogInError {
    /// No such account, a wrong password, or a disabled account; the error does not distinguish these cases.
    #[error("wrong e-mail or password")]
    WrongCredentials,
    /// The password could not be hashed.
    #[error("the password could not be checked")]
    Hashing(#[from] HashingError),
    /// SQL failed.
    #[error("the account could not be read")]
    Storage(#[from] DatabaseError),
    /// No tokens could be issued.
    #[error("the session could not be opened")]
    Issue(#[from] IssueError),
}

impl Passwords {
    /// Signs in, with the same statements and the same hashing for existing and missing accounts.
    ///
    /// # Errors
    /// [`LogInError`].
    pub async fn log_in(&self, lane: HashLane, attempt: LogIn) -> Result<(CurrentUser, TokenPair), LogInError> {
        let user = self.find_by_email(attempt.email.as_ref()).await?;
        let hash = user.as_ref().and_then(|user| user.password_hash.clone());
        let is_correct = self.hashing.verify(lane, attempt.password.into_secret(), hash.clone()).await?;
        let Some(user) = user else { return Err(LogInError::WrongCredentials) };
        let result = match (is_correct, user.status) {
            (true, UserStatus::Active) => SignInResult::Success,
            (true, UserStatus::Disabled) => SignInResult::Disabled,
            (false, _) => SignInResult::WrongPassword,
        };
        if result != SignInResult::Success {
            self.failed_sign_ins.record(SignIn {
                user_id: user.key.id,
                at: self.clock.now(),
                device: attempt.device.kind,
                location: attempt.location,
                method: SignInMethod::Password,
                result,
                session_id: None,
            });
            return Err(LogInError::WrongCredentials);
        }
        let sign_in = NewSignIn { device: attempt.device, location: attempt.location, method: SignInMethod::Password };
        let (current, pair) = match self.sessions.open(user, sign_in).await {
            Err(IssueError::Inactive) => return Err(LogInError::WrongCredentials),
            opened => opened?,
        };
        // A password changed during the verification must not leave a session behind.
        if let Some(hash) = hash
            && !self.store.is_password(current.user.key.id, &hash).await?
        {
            self.sessions.log_out(pair.session_id).await?;
            return Err(LogInError::WrongCredentials);
        }
        Ok((current, pair))
    }

    /// The account with this e-mail. A missing one costs the same two statements.
    async fn find_by_email(&self, email: Option<&Email>) -> Result<Option<User>, DatabaseError> {
        let key = match email {
            Some(email) => self.store.find_user_key_by_email(email).await?,
            None => None,
        };
        match key {
            Some(key) => find_anywhere(&self.store, key).await,
            None => self.store.find_user(UserKey { id: UserId::new(), cell: Cell::UNPLACED }).await,
        }
    }
}
