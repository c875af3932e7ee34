//! Acts of operators, as problem codes.

use account_storage::DeleteUserError;
use contracts::codes;
use service_kit::ApiError;

use super::token_invalid;
use crate::{
    AuditLogError, CorrectBirthDateError, DecideDeviceError, FindUsersError, ManageClientError, OperatorSessionError,
};

impl From<OperatorSessionError> for ApiError {
    fn from(error: OperatorSessionError) -> Self {
        match error {
            OperatorSessionError::NotFresh => Self::new(codes::SESSION_NOT_FRESH),
            OperatorSessionError::NoSuchSession => token_invalid(),
            OperatorSessionError::Storage(source) => source.into(),
        }
    }
}

impl From<CorrectBirthDateError> for ApiError {
    fn from(error: CorrectBirthDateError) -> Self {
        match error {
            CorrectBirthDateError::BirthDate(reason) => Self::field("/birth_date", reason.to_string()),
            CorrectBirthDateError::Act(source) => source.into(),
        }
    }
}

impl From<DecideDeviceError> for ApiError {
    fn from(error: DecideDeviceError) -> Self {
        match error {
            DecideDeviceError::NotClaimed => Self::new(codes::DEVICE_CODE_INVALID),
            DecideDeviceError::NotFresh => Self::new(codes::SESSION_NOT_FRESH),
            DecideDeviceError::Storage(source) => source.into(),
        }
    }
}

impl From<ManageClientError> for ApiError {
    fn from(error: ManageClientError) -> Self {
        match error {
            ManageClientError::OfFile => {
                Self::new(codes::CLIENT_OF_FILE).detail("change AUTH_CLIENTS_FILE and restart the replicas")
            }
            ManageClientError::NoRandom(source) => Self::internal(source),
            ManageClientError::Change(source) => source.into(),
        }
    }
}

impl From<FindUsersError> for ApiError {
    fn from(error: FindUsersError) -> Self {
        match error {
            FindUsersError::InvalidCursor => Self::new(codes::INVALID_SIGN_INS_CURSOR),
            FindUsersError::Storage(source) => source.into(),
        }
    }
}

impl From<AuditLogError> for ApiError {
    fn from(error: AuditLogError) -> Self {
        match error {
            AuditLogError::InvalidCursor => Self::new(codes::INVALID_SIGN_INS_CURSOR),
            AuditLogError::Storage(source) => source.into(),
        }
    }
}

/// The problem of an account that an operator did not delete. A function: the same error of an owner is another one.
pub fn from_operator_delete(error: DeleteUserError) -> ApiError {
    match error {
        DeleteUserError::NoSuchUser => ApiError::new(codes::USER_NOT_FOUND),
        DeleteUserError::LastAdmin => ApiError::new(codes::LAST_ADMIN).detail("make another administrator first"),
        DeleteUserError::Storage(source) => source.into(),
    }
}
