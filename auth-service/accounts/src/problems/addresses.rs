//! Proofs, resets and changes of login e-mails, as problem codes.

use contracts::codes;
use service_kit::ApiError;

use super::{from_hashing, token_invalid, too_common};
use crate::domain::InvalidCode;
use crate::flows::{ConfirmResetError, RequestChangeError};
use crate::storage::{ChangeEmailError, ProofError};

/// The problem of a text that is no code. It is no guess.
pub fn from_invalid_code(pointer: &str, error: InvalidCode) -> ApiError {
    ApiError::field(pointer, error.to_string())
}

fn code_invalid() -> ApiError {
    ApiError::new(codes::CODE_INVALID).detail("ask for another code, or open the link of the mail")
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

impl From<ProofError> for ApiError {
    fn from(error: ProofError) -> Self {
        match error {
            ProofError::NoEmail => Self::new(codes::NO_EMAIL),
            ProofError::Proved => Self::new(codes::EMAIL_PROVED),
            ProofError::CodeInvalid => code_invalid(),
            ProofError::EmailTaken => Self::new(codes::EMAIL_TAKEN),
            ProofError::NoSuchUser => token_invalid(),
            ProofError::Storage(source) => source.into(),
        }
    }
}

impl From<ChangeEmailError> for ApiError {
    fn from(error: ChangeEmailError) -> Self {
        match error {
            ChangeEmailError::OwnEmail => Self::field("/email", "this account has it already"),
            ChangeEmailError::CodeInvalid => code_invalid(),
            ChangeEmailError::EmailTaken => Self::new(codes::EMAIL_TAKEN),
            ChangeEmailError::EmailClaimed => {
                Self::new(codes::EMAIL_CLAIMED).detail("sign in to that account, or take the address with take_claimed")
            }
            ChangeEmailError::NoSuchUser => token_invalid(),
            ChangeEmailError::Storage(source) => source.into(),
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
