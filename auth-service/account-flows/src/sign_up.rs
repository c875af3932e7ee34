//! Creating an account.

use account_storage::{FormNonce, InsertUserError};
use accounts::{
    BirthDate, DisplayName, Email, InvalidBirthDate, NewPassword, NewUser, PasswordTooCommon, User, UserKey,
};
use bot_filter::{BotFilter, InvalidForm};
use chrono::NaiveDate;
use contracts::ids::UserId;
use credentials::hashing::{HashLane, HashingError};
use service_kit::database::DatabaseError;

use super::accounts::Accounts;

/// Request to create an account.
#[derive(Debug)]
pub struct SignUp {
    /// The login e-mail.
    pub email: Email,
    /// The password.
    pub password: NewPassword,
    /// Display name chosen by the user.
    pub display_name: DisplayName,
    /// Birth date, if given.
    pub birth_date: Option<NaiveDate>,
    /// ISO 3166-2 code, if given.
    pub region: Option<String>,
    /// The nonce of the form, where one is required: it creates one account.
    pub form: Option<FormNonce>,
}

/// Reasons why no account was created.
#[derive(Debug, thiserror::Error)]
pub enum SignUpError {
    /// The birth date is not plausible.
    #[error("the day of birth is not acceptable")]
    BirthDate(#[from] InvalidBirthDate),
    /// The password is too common.
    #[error("the password is too common")]
    PasswordTooCommon(#[from] PasswordTooCommon),
    /// The password could not be hashed.
    #[error("the password could not be hashed")]
    Hashing(#[from] HashingError),
    /// The e-mail is taken or the form spent, or SQL failed.
    #[error("the account could not be created")]
    Insert(#[from] InsertUserError),
}

/// Reasons why a sign-up form was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum SignUpFormError {
    /// It was submitted too early, too late or again.
    #[error("the form was sent too early, too late or before")]
    Rejected,
    /// SQL failed.
    #[error("the form could not be checked")]
    Storage(#[from] DatabaseError),
}

impl Accounts {
    /// Validates a sign-up form before any hashing, and returns its nonce. It is consumed together with the creation of
    /// the account, in the database shared by all replicas, so earlier failures leave the form valid. `None` without a
    /// bot filter.
    ///
    /// # Errors
    /// [`SignUpFormError`].
    pub async fn check_sign_up_form(
        &self,
        filter: &BotFilter,
        text: &str,
    ) -> Result<Option<FormNonce>, SignUpFormError> {
        let form = filter.read_sign_up_form(text).map_err(|InvalidForm| SignUpFormError::Rejected)?;
        let Some(form) = form else { return Ok(None) };
        match self.store.is_one_time_value_consumed(form.id).await? {
            false => Ok(Some(FormNonce { id: form.id, expires_at: form.expires_at })),
            true => Err(SignUpFormError::Rejected),
        }
    }

    /// Performs the checks that need no database. Returns the birth date.
    ///
    /// # Errors
    /// [`SignUpError`].
    pub fn check_sign_up(&self, request: &SignUp) -> Result<Option<BirthDate>, SignUpError> {
        let today = || self.region_map.load().today(request.region.as_deref(), self.clock.now());
        let birth_date = request.birth_date.map(|day| BirthDate::new(day, today())).transpose()?;
        request.password.check_blocklist(&request.email)?;
        Ok(birth_date)
    }

    /// Creates an account. The password is hashed before the e-mail is looked up, so that a taken one costs as much as
    /// a free one; the insert alone decides between concurrent sign-ups.
    ///
    /// # Errors
    /// [`SignUpError`].
    pub async fn sign_up(&self, lane: HashLane, request: SignUp) -> Result<User, SignUpError> {
        let form = request.form;
        let new = self.new_user(lane, request).await?;
        self.store.insert_user(&new, form).await?;
        tracing::info!(user.id = %new.key.id, "account created");
        Ok(new.into())
    }

    /// The account of a request, without roles and not inserted yet.
    pub(super) async fn new_user(&self, lane: HashLane, request: SignUp) -> Result<NewUser, SignUpError> {
        let now = self.clock.now();
        let birth_date = self.check_sign_up(&request)?;
        let password_hash = self.hashing.hash(lane, request.password.into_secret()).await?;
        let id = UserId::new();
        Ok(NewUser {
            key: UserKey { id, cell: self.region_map.load().place(request.region.as_deref(), id) },
            email: Some(request.email),
            password_hash: Some(password_hash),
            display_name: request.display_name.into(),
            birth_date,
            region: request.region,
            roles: Vec::new(),
            created_at: now,
        })
    }
}
