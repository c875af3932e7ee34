//! Administrators created from the command line, or by the first start of an embedded installation.

use account_storage::InsertUserError;
use accounts::{AuditContext, DisplayName, Email, NewPassword, RoleName, User};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contracts::Secret;
use credentials::hashing::HashLane;
use service_kit::database::DatabaseError;

use super::accounts::Accounts;
use super::sign_up::{SignUp, SignUpError};

/// Login of the administrator that a first start creates.
pub const FIRST_ADMIN: &str = "admin@cinema.local";

/// Operator of audit events of a first start.
const FIRST_START: &str = "first start";

/// An administrator to be created, with the only copy of the password.
#[derive(Debug)]
pub struct NewAdmin {
    /// The login e-mail.
    pub email: Email,
    /// The password.
    pub password: NewPassword,
}

/// Reasons why no administrator was created.
#[derive(Debug, thiserror::Error)]
pub enum EnsureAdminError {
    /// SQL failed.
    #[error("could not find out whether there is an administrator")]
    Storage(#[from] DatabaseError),
    /// The account could not be created.
    #[error("the administrator could not be created")]
    SignUp(#[from] SignUpError),
    /// The system has no random bytes.
    #[error("there are no random bytes for a password")]
    NoRandom,
    /// The password could not be shown, so that it would be lost.
    #[error("the administrator's password could not be shown; no account was made")]
    NotShown(#[source] std::io::Error),
}

impl EnsureAdminError {
    /// `true` when the database is unavailable, so that a retry may succeed.
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::Storage(error) | Self::SignUp(SignUpError::Insert(InsertUserError::Storage(error))) => {
                error.is_unavailable()
            }
            _ => false,
        }
    }
}

impl NewAdmin {
    /// `admin@cinema.local` with a random password.
    ///
    /// # Errors
    /// When the system has no random bytes.
    pub fn first() -> Result<Self, EnsureAdminError> {
        let password = random_password().ok_or(EnsureAdminError::NoRandom)?;
        Ok(Self { email: Email::parse(FIRST_ADMIN).expect("a fixed address is valid"), password })
    }
}

impl Accounts {
    /// Creates this administrator unless there is one. `show` is called before the account is created: a password that
    /// could not be shown would be lost for good. `true` when one was created.
    ///
    /// # Errors
    /// [`EnsureAdminError`], also when that account exists without being an administrator. It may be retried later with
    /// the same `admin`, whose password has been shown by then.
    pub async fn ensure_admin(
        &self,
        admin: &NewAdmin,
        show: impl FnOnce(&NewAdmin) -> std::io::Result<()>,
    ) -> Result<bool, EnsureAdminError> {
        if self.store.has_admin().await? {
            return Ok(false);
        }
        if self.store.find_user_key_by_email(&admin.email).await?.is_some() {
            return Err(SignUpError::from(InsertUserError::EmailTaken).into()); // checked before the password of no account is shown
        }
        show(admin).map_err(EnsureAdminError::NotShown)?;
        let context = AuditContext::of_command(FIRST_START, None, self.clock.now());
        // Whoever runs everything on one machine edits the films, too.
        let roles = vec![RoleName::admin(), RoleName::editor()];
        self.create_with(roles, admin.email.clone(), admin.password.clone(), &context).await?;
        Ok(true)
    }

    /// Creates an account with the administrator role, and records that.
    ///
    /// # Errors
    /// As [`Accounts::sign_up`].
    pub async fn create_admin(
        &self,
        email: Email,
        password: NewPassword,
        context: &AuditContext,
    ) -> Result<User, SignUpError> {
        self.create_with(vec![RoleName::admin()], email, password, context).await
    }

    async fn create_with(
        &self,
        roles: Vec<RoleName>,
        email: Email,
        password: NewPassword,
        context: &AuditContext,
    ) -> Result<User, SignUpError> {
        let request = SignUp {
            email,
            password,
            display_name: DisplayName::default(),
            birth_date: None,
            region: None,
            form: None,
        };
        let mut new = self.new_user(HashLane::KnownDevice, request).await?;
        new.roles = roles;
        self.store.create_admin(&new, context).await?;
        tracing::info!(audit = true, user.id = %new.key.id, "administrator created");
        Ok(new.into())
    }
}

/// 144 random bits, 24 characters. `None` when the system has none.
pub fn random_password() -> Option<NewPassword> {
    let mut bytes = [0; 18];
    aws_lc_rs::rand::fill(&mut bytes).ok()?;
    NewPassword::parse(Secret::new(URL_SAFE_NO_PAD.encode(bytes))).ok()
}
