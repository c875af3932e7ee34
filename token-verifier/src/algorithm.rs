//! Signature algorithms of access tokens.

use jsonwebtoken::Algorithm;

/// Signature algorithm (RFC 7518 §3.1, RFC 8037 §3.1). That of a token must be that of the key with its id, so that a
/// public key cannot be taken for the secret of another algorithm (RFC 8725 §2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256. Every resource server must verify it (RFC 9068 §2.1).
    Rs256,
    /// ECDSA with P-256 and SHA-256.
    Es256,
    /// Ed25519. RFC 9864 names it so instead, which many libraries do not know yet.
    EdDsa,
}

impl TokenAlgorithm {
    /// That of the first key of a new installation.
    pub const DEFAULT: Self = Self::Rs256;
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Rs256, Self::Es256, Self::EdDsa];

    /// The algorithm of this name. Names are case-sensitive.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == name)
    }

    /// Name in headers and keys.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }

    pub(crate) const fn of_library(self) -> Algorithm {
        match self {
            Self::Rs256 => Algorithm::RS256,
            Self::Es256 => Algorithm::ES256,
            Self::EdDsa => Algorithm::EdDSA,
        }
    }
}
