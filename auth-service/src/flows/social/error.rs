//! Why nobody is signed in or linked by way of a provider.

use crate::flows::IssueError;
use crate::providers::ProviderError;
use crate::storage::StorageError;

/// What can go wrong between leaving for a provider and being back.
#[derive(Debug, thiserror::Error)]
pub enum SocialError {
    /// No such provider is offered here.
    #[error("no such provider is offered")]
    NoSuchProvider,
    /// The settings name no redirect URI for apps.
    #[error("there is no redirect URI for apps")]
    NoAppRedirect,
    /// The ticket or the callback is not of this sign-in: forged, expired, used before, or of another browser.
    #[error("this is not the return of a sign-in that began here")]
    TicketInvalid,
    /// The sign-in was finished before, by the same callback.
    #[error("this sign-in was finished before")]
    TicketSpent,
    /// It failed before anything was used up: the same callback can be sent again.
    #[error("nothing was done yet")]
    Repeatable(#[source] Box<SocialError>),
    /// The person did not agree at the provider.
    #[error("the person did not agree")]
    Cancelled,
    /// The provider took the code for wrong, or sent an error of its own.
    #[error("the provider refused")]
    Refused,
    /// The account is closed.
    #[error("the account is closed")]
    Disabled,
    /// The e-mail, which is the person's own, belongs to another account: sign in to that and link.
    #[error("another account has this e-mail")]
    EmailTaken,
    /// The identity belongs to another account.
    #[error("another account has this identity")]
    AccountTaken,
    /// The account has as many identities as it may.
    #[error("the account has too many identities")]
    TooMany,
    /// The session is too old to link anything: sign in again first.
    #[error("the session is not fresh enough")]
    NotFresh,
    /// The account behind the session is gone.
    #[error("there is no such account")]
    NoSuchUser,
    /// The provider failed to do its part, now or for good.
    #[error("the provider failed")]
    Provider(#[source] ProviderError),
    /// SQL failed.
    #[error("the account could not be read or written")]
    Storage(#[from] StorageError),
    /// No tokens could be made, or there are no random bytes.
    #[error("the session could not be opened")]
    Issue(#[from] IssueError),
}

impl From<ProviderError> for SocialError {
    fn from(error: ProviderError) -> Self {
        match error {
            ProviderError::Refused => Self::Refused,
            other => Self::Provider(other),
        }
    }
}
