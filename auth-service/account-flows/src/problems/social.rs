//! Social sign-in and what hangs on it, as problem codes.

use std::time::Duration;

use account_storage::{DeleteUserError, EndOthersError, UnlinkError};
use contracts::codes;
use service_kit::ApiError;
use social_providers::ProviderError;

use super::token_invalid;
use crate::{DeleteAccountError, LogOutOthersError, SetPasswordError, SocialError, UnlinkAccountError};

/// When to try a provider again that did not answer.
const LATER: Duration = Duration::from_secs(5);

/// Problem of a failed provider.
fn from_provider(error: ProviderError) -> ApiError {
    match error {
        ProviderError::Refused => ApiError::new(codes::SOCIAL_REFUSED),
        ProviderError::NotAcceptable(_) | ProviderError::Misconfigured => {
            ApiError::new(codes::PROVIDER_FAILED).source(error)
        }
        ProviderError::Unavailable(_) | ProviderError::CircuitOpen => {
            ApiError::new(codes::PROVIDER_UNAVAILABLE).retry_after(LATER).source(error)
        }
    }
}

impl From<SocialError> for ApiError {
    fn from(error: SocialError) -> Self {
        match error {
            SocialError::NoSuchProvider => Self::new(codes::PROVIDER_NOT_FOUND),
            SocialError::NoAppRedirect => Self::new(codes::NO_APP_REDIRECT),
            SocialError::TicketInvalid | SocialError::TicketSpent => {
                Self::new(codes::SOCIAL_TICKET_INVALID).detail("start again")
            }
            SocialError::Repeatable(source) => {
                Self::from(*source).detail("nothing was used up; the same callback can be sent again")
            }
            SocialError::Cancelled => Self::new(codes::SOCIAL_CANCELLED),
            SocialError::Refused => Self::new(codes::SOCIAL_REFUSED).detail("start again"),
            SocialError::Disabled => Self::new(codes::ACCOUNT_DISABLED),
            SocialError::EmailTaken => Self::new(codes::SOCIAL_EMAIL_TAKEN)
                .detail("sign in to the account with this e-mail in another way, then link the social account to it"),
            SocialError::EmailClaimed => Self::new(codes::EMAIL_CLAIMED)
                .detail("sign in to that account and link, or sign in once more with take_claimed"),
            SocialError::Link(source) => source.into(),
            SocialError::NotFresh => Self::new(codes::SESSION_NOT_FRESH),
            SocialError::Provider(source) => from_provider(source),
            SocialError::Storage(source) => source.into(),
            SocialError::Issue(source) => source.into(),
        }
    }
}

impl From<UnlinkAccountError> for ApiError {
    fn from(error: UnlinkAccountError) -> Self {
        match error {
            UnlinkAccountError::NotFresh => Self::new(codes::SESSION_NOT_FRESH),
            UnlinkAccountError::Unlink(source) => source.into(),
        }
    }
}

impl From<LogOutOthersError> for ApiError {
    fn from(error: LogOutOthersError) -> Self {
        match error {
            LogOutOthersError::NotFresh => Self::new(codes::SESSION_NOT_FRESH),
            LogOutOthersError::Ending(EndOthersError::LastWayIn) => UnlinkError::LastWayIn.into(),
            LogOutOthersError::Ending(EndOthersError::NoSuchUser) => token_invalid(),
            LogOutOthersError::Ending(EndOthersError::Storage(source)) => source.into(),
        }
    }
}

impl From<SetPasswordError> for ApiError {
    fn from(error: SetPasswordError) -> Self {
        match error {
            SetPasswordError::PasswordTooCommon(_) => super::too_common("/password"),
            SetPasswordError::NotFresh => Self::new(codes::SESSION_NOT_FRESH),
            SetPasswordError::FirstPassword(source) => source.into(),
            SetPasswordError::Hashing(source) => super::from_hashing(source),
        }
    }
}

impl From<DeleteAccountError> for ApiError {
    fn from(error: DeleteAccountError) -> Self {
        match error {
            DeleteAccountError::NotFresh => Self::new(codes::SESSION_NOT_FRESH),
            DeleteAccountError::Delete(DeleteUserError::LastAdmin) => Self::new(codes::LAST_ADMIN),
            DeleteAccountError::Delete(DeleteUserError::NoSuchUser) => token_invalid(),
            DeleteAccountError::Delete(DeleteUserError::Storage(source)) => source.into(),
        }
    }
}
