//! The ID token (OpenID Connect Core 1.0 §2): who signed in, when and where, for the client alone.

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contracts::ids::{SessionId, UserId};
use serde::Serialize;
use token_verifier::TokenAlgorithm;

/// Its claims.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IdClaims {
    /// Issuer.
    pub iss: String,
    /// The user.
    pub sub: UserId,
    /// The client.
    pub aud: String,
    /// Expiry in seconds since 1970.
    pub exp: i64,
    /// Time of issue in seconds since 1970.
    pub iat: i64,
    /// Time of the user's sign-in in seconds since 1970.
    pub auth_time: i64,
    /// Value of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// Hash of the access token beside it.
    pub at_hash: String,
    /// The session of the access token.
    pub sid: SessionId,
}

/// Claim `at_hash` (§3.1.3.6): the left half of a hash of the token, by the hash function of the algorithm that signs.
pub fn access_token_hash(token: &str, algorithm: TokenAlgorithm) -> String {
    let function = match algorithm {
        TokenAlgorithm::Rs256 | TokenAlgorithm::Es256 => &digest::SHA256,
        TokenAlgorithm::EdDsa => &digest::SHA512, // Ed25519 hashes with it (RFC 8032 §5.1)
    };
    let hash = digest::digest(function, token.as_bytes());
    URL_SAFE_NO_PAD.encode(&hash.as_ref()[..hash.as_ref().len() / 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_a_token_is_that_of_the_standards_example() {
        // OpenID Connect Core 1.0, appendix A.3
        let hash = access_token_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y", TokenAlgorithm::Rs256);
        assert_eq!(hash, "77QmUPtjPfzWtF2AnpK9RQ");
    }
}
