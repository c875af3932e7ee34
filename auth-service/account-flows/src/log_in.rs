//! Signing in with e-mail and password.

use accounts::{
    Cell, ClientLocation, Password, PresentedLogin, SignIn, SignInMethod, SignInResult, User, UserKey, UserStatus,
};
use contracts::auth::devices::Device;
use contracts::ids::UserId;
use credentials::hashing::{HashLane, HashingError, PasswordForms, PasswordHash, Verification};
use service_kit::database::DatabaseError;

use super::current_user::{CurrentUser, find_anywhere};
use super::open_session::NewSignIn;
use super::passwords::Passwords;
use super::token_pair::{IssueError, TokenPair};

/// Credentials of a sign-in, with its device and location.
#[derive(Debug)]
pub struct LogIn {
    /// The login as typed; one that is not valid is treated like an unknown one.
    pub login: PresentedLogin,
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
        let password = attempt.password.into_forms();
        let (user, verification) = self.find_and_verify(lane, &attempt.login, &password).await?;
        let Some(user) = user else { return Err(LogInError::WrongCredentials) };
        let result = match (verification.is_right(), user.status) {
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
        let sign_in = NewSignIn {
            device: attempt.device,
            location: attempt.location,
            method: SignInMethod::Password,
            verified_hash: user.password_hash.clone(),
        };
        let verified = (user, verification);
        let ((current, pair), verification) = self.open_verified(lane, verified, sign_in, &password).await?;
        if let (Verification::Outdated, Some(hash)) = (verification, &current.user.password_hash) {
            self.replace_hash(lane, current.user.key.id, hash, password).await;
        }
        Ok((current, pair))
    }

    /// Opens the session of a verified password. When the account has another hash meanwhile, it may be one of the same
    /// password, by which a concurrent sign-in has replaced it: then the password is verified against that one. Returns
    /// what was found about the hash that the account has now, or else it would be replaced once more.
    async fn open_verified(
        &self,
        lane: HashLane,
        (user, verification): (User, Verification),
        sign_in: NewSignIn,
        password: &PasswordForms,
    ) -> Result<((CurrentUser, TokenPair), Verification), LogInError> {
        let key = user.key;
        match self.sessions.open(user, sign_in.clone()).await {
            Err(IssueError::HashReplaced) => {}
            opened => return Ok((from_opened(opened)?, verification)),
        }
        let Some(user) = find_anywhere(&self.store, key).await? else { return Err(LogInError::WrongCredentials) };
        let verified_hash = user.password_hash.clone();
        let verification = self.hashing.verify(lane, password.clone(), verified_hash.clone()).await?;
        if !verification.is_right() {
            return Err(LogInError::WrongCredentials);
        }
        let opened = self.sessions.open(user, NewSignIn { verified_hash, ..sign_in }).await;
        Ok((from_opened(opened)?, verification))
    }

    /// The account of the login whose password this is, or else the first one. A missing one costs the same statements
    /// and the same hashing. Of several accounts with one login, which former releases allowed, each has its password.
    async fn find_and_verify(
        &self,
        lane: HashLane,
        login: &PresentedLogin,
        password: &PasswordForms,
    ) -> Result<(Option<User>, Verification), LogInError> {
        let owners = self.store.find_login_owners(login).await?;
        let mut first = None;
        for key in &owners {
            let Some(user) = find_anywhere(&self.store, *key).await? else { continue };
            let verification = self.hashing.verify(lane, password.clone(), user.password_hash.clone()).await?;
            if verification.is_right() {
                return Ok((Some(user), verification));
            }
            first = first.or(Some(user));
        }
        if first.is_none() {
            self.store.find_user(UserKey { id: UserId::new(), cell: Cell::UNPLACED }).await?;
            self.hashing.verify(lane, password.clone(), None).await?;
        }
        Ok((first, Verification::Wrong))
    }

    /// Replaces the hash of another form or another system. The sign-in has succeeded: a failure leaves the work to the
    /// next one.
    async fn replace_hash(&self, lane: HashLane, id: UserId, from: &PasswordHash, password: PasswordForms) {
        let replaced = async {
            let to = self.hashing.hash(lane, password.canonical).await?;
            Ok::<_, LogInError>(self.store.replace_password_hash(id, from, &to).await?)
        };
        match replaced.await {
            Ok(true) => tracing::info!(user.id = %id, "the password has a new hash"),
            Ok(false) => {}
            Err(error) => tracing::warn!(user.id = %id, %error, "the password keeps its old hash for now"),
        }
    }
}

/// Accounts that are not what was verified any more are treated like a wrong password.
fn from_opened(opened: Result<(CurrentUser, TokenPair), IssueError>) -> Result<(CurrentUser, TokenPair), LogInError> {
    match opened {
        Err(IssueError::Inactive | IssueError::HashReplaced) => Err(LogInError::WrongCredentials),
        opened => Ok(opened?),
    }
}
