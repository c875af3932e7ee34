//! Checking an access token: its signature and expiry, then revocations. Needs no SQL.

use token_verifier::{AccessClaims, InvalidAccessToken, TokenStatus};

use super::sessions::Sessions;

impl Sessions {
    /// Claims of a token that was issued here and has not expired, and whether it was revoked since.
    ///
    /// # Errors
    /// [`InvalidAccessToken`] for anything else.
    pub fn check_token(&self, token: &str) -> Result<(AccessClaims, TokenStatus), InvalidAccessToken> {
        let claims = self.access_tokens.verify(token, self.clock.now())?;
        let status = self.revocations.token_status(&claims);
        Ok((claims, status))
    }
}
