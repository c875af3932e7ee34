//! Errors of flows as problem codes; those of storage are in [`account_storage::problems`]. The conversions stand beside
//! their types, because they belong to them; endpoints and pages use them by `?`.

mod addresses;
mod operators;
mod social;

use std::time::Duration;

use account_storage::{ExportError, UpdateUserError};
use bot_filter::BotFilterError;
use contracts::codes;
use credentials::hashing::HashingError;
use credentials::keys::KeyError;
use service_kit::ApiError;

use crate::{
    AttemptError, ChangePasswordError, EndSessionError, ExportAccountError, GrantClientTokenError, IssueError,
    LogInError, PollDeviceError, RedeemCodeError, RefreshError, SignInHistoryError, SignUpError, SignUpFormError,
    StartDeviceError, TokenTargetError, UpdateAccountError,
};

pub use account_storage::problems::token_invalid;
pub use addresses::from_invalid_code;
pub use operators::from_operator_delete;

/// `Retry-After` while a part is unavailable or overloaded.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The problem of a password that was not hashed. A function, because both types are of other crates.
fn from_hashing(error: HashingError) -> ApiError {
    match error {
        HashingError::Busy => ApiError::new(codes::HASHING_BUSY).retry_after(RETRY_AFTER).source(error),
        HashingError::Failed(_) => ApiError::internal(error),
    }
}

/// The problem of a token that was not signed.
fn from_keys(error: KeyError) -> ApiError {
    ApiError::new(codes::UNAVAILABLE).retry_after(RETRY_AFTER).source(error)
}

impl From<IssueError> for ApiError {
    fn from(error: IssueError) -> Self {
        match error {
            IssueError::Storage(source) => source.into(),
            IssueError::Keys(source) => from_keys(source),
            IssueError::Inactive | IssueError::HashReplaced => Self::new(codes::WRONG_CREDENTIALS),
            IssueError::NoRandom => Self::internal(error),
        }
    }
}

fn too_common(pointer: &str) -> ApiError {
    let advice = "choose a password that is not on lists of common ones";
    ApiError::new(codes::PASSWORD_TOO_COMMON).with_error(pointer, "invalid_value", advice)
}

impl From<TokenTargetError> for ApiError {
    fn from(error: TokenTargetError) -> Self {
        match error {
            TokenTargetError::Resource(_) | TokenTargetError::Gone => Self::new(codes::RESOURCE_INVALID),
            TokenTargetError::Scope => Self::new(codes::SCOPE_INVALID),
        }
    }
}

impl From<GrantClientTokenError> for ApiError {
    fn from(error: GrantClientTokenError) -> Self {
        match error {
            GrantClientTokenError::Target(error) => error.into(),
            GrantClientTokenError::Issue(source) => source.into(),
        }
    }
}

impl From<RedeemCodeError> for ApiError {
    fn from(error: RedeemCodeError) -> Self {
        match error {
            RedeemCodeError::Invalid => Self::new(codes::AUTHORIZATION_CODE_INVALID),
            RedeemCodeError::Target(TokenTargetError::Gone) => Self::new(codes::AUTHORIZATION_CODE_INVALID),
            RedeemCodeError::Target(error) => error.into(),
            RedeemCodeError::Issue(source) => source.into(),
            RedeemCodeError::Storage(source) => source.into(),
        }
    }
}

impl From<StartDeviceError> for ApiError {
    fn from(error: StartDeviceError) -> Self {
        match error {
            StartDeviceError::Target(error) => error.into(),
            StartDeviceError::TooMany => Self::new(codes::TOO_MANY_DEVICE_CODES).retry_after(RETRY_AFTER),
            StartDeviceError::NoRandom(source) => Self::internal(source),
            StartDeviceError::Storage(source) => source.into(),
        }
    }
}

impl From<PollDeviceError> for ApiError {
    fn from(error: PollDeviceError) -> Self {
        match error {
            PollDeviceError::Pending { claimed } => {
                Self::new(codes::DEVICE_PENDING).extension(move |problem| problem.claimed = Some(claimed))
            }
            PollDeviceError::TooFast => Self::new(codes::DEVICE_POLLS_TOO_FAST),
            PollDeviceError::Denied => Self::new(codes::DEVICE_DENIED),
            PollDeviceError::Expired => Self::new(codes::DEVICE_CODE_EXPIRED),
            PollDeviceError::Invalid => Self::new(codes::DEVICE_CODE_INVALID),
            PollDeviceError::Target(TokenTargetError::Gone) => Self::new(codes::DEVICE_CODE_INVALID),
            PollDeviceError::Target(error) => error.into(),
            PollDeviceError::Issue(source) => source.into(),
            PollDeviceError::Storage(source) => source.into(),
        }
    }
}

impl From<SignUpError> for ApiError {
    fn from(error: SignUpError) -> Self {
        match error {
            SignUpError::BirthDate(reason) => Self::field("/birth_date", reason.to_string()),
            SignUpError::PasswordTooCommon(_) => too_common("/password"),
            SignUpError::Insert(source) => source.into(),
            SignUpError::Hashing(source) => from_hashing(source),
        }
    }
}

impl From<SignUpFormError> for ApiError {
    fn from(error: SignUpFormError) -> Self {
        match error {
            SignUpFormError::Rejected => Self::new(codes::FORM_REFUSED),
            SignUpFormError::Storage(source) => source.into(),
        }
    }
}

/// Problem of a request that the bot filter rejects.
pub fn from_bot_filter(error: BotFilterError) -> ApiError {
    match error {
        BotFilterError::Needed(needed) => {
            ApiError::new(codes::CAPTCHA_REQUIRED).extension(move |problem| problem.captcha = Some((*needed).clone()))
        }
        BotFilterError::Refused(wait) => ApiError::new(codes::CAPTCHA_REFUSED).retry_after(wait),
        BotFilterError::Unavailable(wait) => ApiError::new(codes::CAPTCHA_UNAVAILABLE).retry_after(wait),
        BotFilterError::Throttled(wait) => ApiError::new(codes::RATE_LIMITED).retry_after(wait),
    }
}

impl From<AttemptError<Self>> for ApiError {
    fn from(error: AttemptError<Self>) -> Self {
        match error {
            AttemptError::Storage(source) => source.into(),
            AttemptError::Hashing(source) => from_hashing(source),
            AttemptError::Limits(reply) => reply,
            AttemptError::BotFilter(source) => from_bot_filter(source),
        }
    }
}

impl From<SignInHistoryError> for ApiError {
    fn from(error: SignInHistoryError) -> Self {
        match error {
            SignInHistoryError::InvalidCursor => {
                Self::new(codes::INVALID_SIGN_INS_CURSOR).detail("pass next_cursor as it came")
            }
            SignInHistoryError::Storage(source) => source.into(),
        }
    }
}

impl From<UpdateAccountError> for ApiError {
    fn from(error: UpdateAccountError) -> Self {
        match error {
            UpdateAccountError::BirthDate(reason) => Self::field("/birth_date", reason.to_string()),
            UpdateAccountError::Update(UpdateUserError::BirthDateGiven) => Self::new(codes::BIRTH_DATE_GIVEN),
            UpdateAccountError::Update(UpdateUserError::NoSuchUser) => token_invalid(),
            UpdateAccountError::Update(UpdateUserError::Storage(source)) => source.into(),
        }
    }
}

impl From<LogInError> for ApiError {
    fn from(error: LogInError) -> Self {
        match error {
            LogInError::WrongCredentials => Self::new(codes::WRONG_CREDENTIALS),
            LogInError::Hashing(source) => from_hashing(source),
            LogInError::Storage(source) => source.into(),
            LogInError::Issue(source) => source.into(),
        }
    }
}

impl From<RefreshError> for ApiError {
    fn from(error: RefreshError) -> Self {
        match error {
            RefreshError::Invalid => Self::new(codes::REFRESH_TOKEN_INVALID),
            RefreshError::Replayed => Self::new(codes::REFRESH_TOKEN_REPLAYED),
            RefreshError::Target(TokenTargetError::Gone) => Self::new(codes::REFRESH_TOKEN_INVALID),
            RefreshError::Target(error) => error.into(),
            RefreshError::Storage(source) => source.into(),
            RefreshError::Issue(source) => source.into(),
        }
    }
}

impl From<EndSessionError> for ApiError {
    fn from(error: EndSessionError) -> Self {
        match error {
            EndSessionError::NotFound => Self::new(codes::SESSION_NOT_FOUND),
            EndSessionError::Storage(source) => source.into(),
        }
    }
}

impl From<ChangePasswordError> for ApiError {
    fn from(error: ChangePasswordError) -> Self {
        match error {
            ChangePasswordError::WrongPassword => Self::new(codes::WRONG_PASSWORD),
            ChangePasswordError::NoPassword => Self::new(codes::NO_PASSWORD),
            ChangePasswordError::PasswordTooCommon(_) => too_common("/new_password"),
            ChangePasswordError::NoSuchUser => token_invalid(),
            ChangePasswordError::Hashing(source) => from_hashing(source),
            ChangePasswordError::Storage(source) => source.into(),
        }
    }
}

impl From<ExportAccountError> for ApiError {
    fn from(error: ExportAccountError) -> Self {
        match error {
            ExportAccountError::NotFresh => Self::new(codes::SESSION_NOT_FRESH),
            ExportAccountError::Export(ExportError::TooSoon(wait)) => {
                Self::new(codes::EXPORTED_RECENTLY).retry_after(wait.to_std().unwrap_or_default())
            }
            ExportAccountError::Export(ExportError::NoSuchUser) => token_invalid(),
            ExportAccountError::Export(ExportError::Storage(source)) => source.into(),
        }
    }
}
