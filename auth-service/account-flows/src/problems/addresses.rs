//! Proofs, resets and changes of login e-mails, as problem codes.

use account_storage::problems::code_invalid;
use accounts::InvalidCode;
use contracts::codes;
use service_kit::ApiError;

use super::{from_hashing, too_common};
use crate::{ConfirmResetError, RequestChangeError};

/// The problem of a text that is no code. It is no guess.
pub fn from_invalid_code(pointer: &str, error: InvalidCode) -> ApiError {
    ApiError::field(pointer, error.to_string())
}

impl From<ConfirmResetError> for ApiError {
    fn from(error: ConfirmResetError) -> Self {
        match error {
            ConfirmResetError::CodeInvalid => code_invalid(),
            ConfirmResetError::PasswordTooCommon(_) => too_common("/password"),
            ConfirmResetError::Hashing(source) => from_hashing(source),
            ConfirmResetError::Storage(source) => source.into(),
        }
    }
}

impl From<RequestChangeError> for ApiError {
    fn from(error: RequestChangeError) -> Self {
        match error {
            RequestChangeError::NotFresh => {
                Self::new(codes::SESSION_NOT_FRESH).detail("send the password, or sign in again")
            }
            RequestChangeError::WrongPassword => Self::new(codes::WRONG_PASSWORD),
            RequestChangeError::Hashing(source) => from_hashing(source),
            RequestChangeError::Change(source) => source.into(),
        }
    }
}
