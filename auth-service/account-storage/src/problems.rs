//! Errors that storage decides inside of a transaction, as problem codes. The conversions stand beside their types,
//! because they belong to them; those of the rules above are in the crate of the flows.

use contracts::codes;
use service_kit::ApiError;

use crate::{
    ChangeClientError, ChangeEmailError, ChangeRoleError, DefineRoleError, FirstPasswordError, InsertUserError,
    LinkError, OperatorActError, ProofError, UnlinkError,
};

/// Challenge for a token that is not active (RFC 6750 §3.1).
const INVALID_TOKEN: &str = "Bearer realm=\"marquee\", error=\"invalid_token\"";

/// The problem of a token that is not active, as one of a deleted account.
pub fn token_invalid() -> ApiError {
    ApiError::new(codes::TOKEN_INVALID).challenge(INVALID_TOKEN)
}

/// The problem of a code that is wrong, used or expired.
pub fn code_invalid() -> ApiError {
    ApiError::new(codes::CODE_INVALID).detail("ask for another code, or open the link of the mail")
}

impl From<InsertUserError> for ApiError {
    fn from(error: InsertUserError) -> Self {
        match error {
            InsertUserError::EmailTaken => Self::new(codes::EMAIL_TAKEN).detail("sign in to it, or reset its password"),
            InsertUserError::FormConsumed => Self::new(codes::FORM_REFUSED),
            InsertUserError::Storage(source) => source.into(),
        }
    }
}

impl From<ChangeRoleError> for ApiError {
    fn from(error: ChangeRoleError) -> Self {
        match error {
            ChangeRoleError::NoSuchUser => Self::new(codes::USER_NOT_FOUND),
            ChangeRoleError::NoSuchRole => Self::new(codes::ROLE_NOT_FOUND),
            ChangeRoleError::EmailUnproved => Self::new(codes::EMAIL_UNPROVED),
            ChangeRoleError::TooMany => Self::new(codes::TOO_MANY_ROLES),
            ChangeRoleError::LastAdmin => Self::new(codes::LAST_ADMIN),
            ChangeRoleError::Storage(source) => source.into(),
        }
    }
}

impl From<DefineRoleError> for ApiError {
    fn from(error: DefineRoleError) -> Self {
        match error {
            DefineRoleError::NoSuchRole => Self::new(codes::ROLE_NOT_FOUND),
            DefineRoleError::Taken => Self::new(codes::ROLE_TAKEN),
            DefineRoleError::TooMany => Self::new(codes::TOO_MANY_ROLES),
            DefineRoleError::System => Self::new(codes::SYSTEM_ROLE),
            DefineRoleError::NoSuchPermission(_) => Self::new(codes::PERMISSION_NOT_FOUND).detail(error.to_string()),
            DefineRoleError::LastAdmin => Self::new(codes::LAST_ADMIN),
            DefineRoleError::Storage(source) => source.into(),
        }
    }
}

impl From<ChangeClientError> for ApiError {
    fn from(error: ChangeClientError) -> Self {
        match error {
            ChangeClientError::NoSuchClient => Self::new(codes::CLIENT_NOT_FOUND),
            ChangeClientError::Taken => Self::new(codes::CLIENT_TAKEN),
            ChangeClientError::TooMany => Self::new(codes::TOO_MANY_CLIENTS),
            ChangeClientError::Invalid(invalid) => Self::field(format!("/{}", invalid.field), invalid.reason),
            ChangeClientError::Storage(source) => source.into(),
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

impl From<OperatorActError> for ApiError {
    fn from(error: OperatorActError) -> Self {
        match error {
            OperatorActError::NoSuchUser => Self::new(codes::USER_NOT_FOUND),
            OperatorActError::LastAdmin => Self::new(codes::LAST_ADMIN).detail("make another administrator first"),
            OperatorActError::NoEmail => Self::new(codes::NO_EMAIL),
            OperatorActError::Storage(source) => source.into(),
        }
    }
}

impl From<LinkError> for ApiError {
    fn from(error: LinkError) -> Self {
        match error {
            LinkError::Taken => Self::new(codes::SOCIAL_ACCOUNT_TAKEN)
                .detail("sign in with the social account and unlink it there first"),
            LinkError::TooMany => Self::new(codes::TOO_MANY_SOCIAL_ACCOUNTS).detail("unlink one first"),
            LinkError::NoSuchUser => token_invalid(),
            LinkError::Storage(source) => source.into(),
        }
    }
}

impl From<UnlinkError> for ApiError {
    fn from(error: UnlinkError) -> Self {
        match error {
            UnlinkError::NotLinked => Self::new(codes::SOCIAL_ACCOUNT_NOT_FOUND),
            UnlinkError::LastWayIn => {
                Self::new(codes::LAST_WAY_IN).detail("set a password or link another social account first")
            }
            UnlinkError::NoSuchUser => token_invalid(),
            UnlinkError::Storage(source) => source.into(),
        }
    }
}

impl From<FirstPasswordError> for ApiError {
    fn from(error: FirstPasswordError) -> Self {
        match error {
            FirstPasswordError::AlreadySet => Self::new(codes::PASSWORD_SET),
            FirstPasswordError::EmailNeeded => Self::field("/email", "this account has none, and a password needs one"),
            FirstPasswordError::EmailTaken => Self::new(codes::EMAIL_TAKEN),
            FirstPasswordError::OtherEmail => Self::field("/email", "this account has another e-mail already"),
            FirstPasswordError::NoSuchUser => token_invalid(),
            FirstPasswordError::Storage(source) => source.into(),
        }
    }
}
