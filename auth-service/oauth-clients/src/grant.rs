//! Grants.

/// Way to tokens (RFC 6749 §1.3). Never `password` or `implicit` (RFC 9700 §2.1.2, §2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grant {
    /// The next pair of a session (RFC 6749 §6).
    RefreshToken,
    /// A token for the client itself (RFC 6749 §4.4).
    ClientCredentials,
}

impl Grant {
    /// All grants.
    pub const ALL: [Self; 2] = [Self::RefreshToken, Self::ClientCredentials];

    /// Its `grant_type`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
        }
    }

    /// The grant with this `grant_type`.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grant| grant.name() == name)
    }
}
