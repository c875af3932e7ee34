//! Errors of social sign-in and linking.

use account_storage::LinkError;
use service_kit::database::DatabaseError;
use social_providers::ProviderError;

use crate::token_pair::IssueError;

/// Errors between the start at a provider and the callback.
#[derive(Debug, thiserror::Error)]
pub enum SocialError {
    /// The provider is not enabled.
    #[error("no such provider is offered")]
    NoSuchProvider,
    /// No redirect URI for apps is configured.
    #[error("there is no redirect URI for apps")]
    NoAppRedirect,
    /// The login state or the callback does not belong to this sign-in: forged, expired, used before, or of another
    /// browser.
    #[error("this is not the return of a sign-in that began here")]
    TicketInvalid,
    /// The sign-in was already completed with the same callback.
    #[error("this sign-in was finished before")]
    TicketSpent,
    /// It failed before the login state was consumed: the same callback can be sent again.
    #[error("nothing was done yet")]
    Repeatable(#[source] Box<SocialError>),
    /// The user declined at the provider.
    #[error("the person did not agree")]
    Cancelled,
    /// The provider rejected the code, or sent an error of its own.
    #[error("the provider refused")]
    Refused,
    /// The account is disabled.
    #[error("the account is closed")]
    Disabled,
    /// The e-mail, verified by the provider, belongs to another account: sign in to that and link.
    #[error("another account has this e-mail")]
    EmailTaken,
    /// The e-mail, verified by the provider, is claimed by another account, which has not proved it.
    #[error("another account claims this e-mail")]
    EmailClaimed,
    /// The session is too old for linking: sign in again first.
    #[error("the session is not fresh enough")]
    NotFresh,
    /// The identity was not linked.
    #[error("the identity could not be linked")]
    Link(#[from] LinkError),
    /// The provider failed, temporarily or permanently.
    #[error("the provider failed")]
    Provider(#[source] ProviderError),
    /// SQL failed.
    #[error("the account could not be read or written")]
    Storage(#[from] DatabaseError),
    /// No tokens could be issued, or there are no random bytes.
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
