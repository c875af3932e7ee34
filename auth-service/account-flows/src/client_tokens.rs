//! Tokens of clients themselves (RFC 6749 §4.4).

use contracts::Secret;
use token_verifier::ClientClaims;

use super::sessions::Sessions;
use super::token_pair::IssueError;

/// An access token of a client.
#[derive(Debug)]
pub struct ClientToken {
    /// The token.
    pub access: Secret,
    /// Its lifetime in seconds.
    pub access_seconds: u64,
}

impl Sessions {
    /// Issues an access token to a client that has authenticated. It belongs to no session, and has no refresh token.
    ///
    /// # Errors
    /// [`IssueError::Keys`].
    pub fn grant_client_token(&self, client: &str) -> Result<ClientToken, IssueError> {
        let now = self.clock.now();
        let access = self.access_tokens.sign(&self.access_tokens.client_claims(client, now), now)?;
        let access_seconds = u64::try_from(self.access_tokens.ttl().num_seconds()).unwrap_or_default();
        tracing::info!(audit = true, client.id = client, "a client got a token for itself");
        Ok(ClientToken { access, access_seconds })
    }

    /// Claims of an access token that was issued to a client itself and has not expired.
    pub fn check_client_token(&self, token: &str) -> Option<ClientClaims> {
        self.access_tokens.verify_client(token, self.clock.now()).ok()
    }
}
