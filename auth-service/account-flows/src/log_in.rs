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
        let hash = user.password_hash.clone();
        let sign_in = NewSignIn { device: attempt.device, location: attempt.location, method: SignInMethod::Password };
        let (current, pair) = match self.sessions.open(user, sign_in).await {
            Err(IssueError::Inactive) => return Err(LogInError::WrongCredentials),
            opened => opened?,
        };
        let id = current.user.key.id;
        // A password changed during the verification must not leave a session behind.
        if let Some(hash) = hash {
            if !self.is_still_right(lane, id, &hash, &password).await? {
                self.sessions.log_out(pair.session_id).await?;
                return Err(LogInError::WrongCredentials);
            }
            if verification == Verification::Outdated {
                self.replace_hash(lane, id, &hash, password).await;
            }
        }
        Ok((current, pair))
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

    /// `true` while the password is that of the account: `verified` is its hash, or another hash of the same password,
    /// by which a concurrent sign-in has replaced it.
    async fn is_still_right(
        &self,
        lane: HashLane,
        id: UserId,
        verified: &PasswordHash,
        password: &PasswordForms,
    ) -> Result<bool, LogInError> {
        if self.store.is_password(id, verified).await? {
            return Ok(true);
        }
        let Some(key) = self.store.find_user_key(id).await? else { return Ok(false) };
        let current = find_anywhere(&self.store, key).await?.and_then(|user| user.password_hash);
        let Some(current) = current else { return Ok(false) };
        let is_right = self.hashing.verify(lane, password.clone(), Some(current.clone())).await?.is_right();
        Ok(is_right && self.store.is_password(id, &current).await?)
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
