//! Tokens of clients themselves (RFC 6749 §4.4).

use accounts::SessionGrant;
use contracts::Secret;
use token_verifier::ClientClaims;

use super::sessions::Sessions;
use super::token_pair::IssueError;
use super::token_target::{TokenRequest, TokenTargetError};

/// An access token of a client.
#[derive(Debug)]
pub struct ClientToken {
    /// The token.
    pub access: Secret,
    /// Its lifetime in seconds.
    pub access_seconds: u64,
}

/// Reasons why a client gets no token.
#[derive(Debug, thiserror::Error)]
pub enum GrantClientTokenError {
    /// It cannot be for what was asked for.
    #[error(transparent)]
    Target(#[from] TokenTargetError),
    /// It could not be issued.
    #[error(transparent)]
    Issue(#[from] IssueError),
}

impl Sessions {
    /// Issues an access token to a client that has authenticated. It belongs to no session, and has no refresh token.
    ///
    /// # Errors
    /// [`GrantClientTokenError`].
    pub fn grant_client_token(&self, request: TokenRequest<'_>) -> Result<ClientToken, GrantClientTokenError> {
        let (now, client) = (self.clock.now(), request.client.id.as_str());
        let target = self.target(request, &SessionGrant::of(client))?;
        let claims = self.access_tokens.client_claims(client, target.audience, now);
        let access = self.access_tokens.sign(&claims, now).map_err(IssueError::from)?;
        let access_seconds = u64::try_from(self.access_tokens.ttl().num_seconds()).unwrap_or_default();
        tracing::info!(audit = true, client.id = client, "a client got a token for itself");
        Ok(ClientToken { access, access_seconds })
    }

    /// Claims of an access token that was issued to a client itself and has not expired.
    pub fn check_client_token(&self, token: &str) -> Option<ClientClaims> {
        self.access_tokens.verify_client(token, self.clock.now()).ok()
    }
}
