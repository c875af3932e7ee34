//! Grants.

/// Way to tokens (RFC 6749 §1.3). Never `password` or `implicit` (RFC 9700 §2.1.2, §2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grant {
    /// The next pair of a session (RFC 6749 §6).
    RefreshToken,
    /// A token for the client itself (RFC 6749 §4.4).
    ClientCredentials,
    /// A session of a device after the approval of its code (RFC 8628).
    DeviceCode,
    /// A session of an app, after a sign-in in a browser (RFC 6749 §4.1).
    AuthorizationCode,
}

impl Grant {
    /// All grants.
    pub const ALL: [Self; 4] = [Self::RefreshToken, Self::ClientCredentials, Self::DeviceCode, Self::AuthorizationCode];

    /// Name in files, in SQL and in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
            Self::DeviceCode => "device_code",
            Self::AuthorizationCode => "authorization_code",
        }
    }

    /// Its `grant_type`.
    pub const fn grant_type(self) -> &'static str {
        match self {
            Self::DeviceCode => "urn:ietf:params:oauth:grant-type:device_code",
            other => other.name(),
        }
    }

    /// The grant with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grant| grant.name() == name)
    }

    /// The grant with this `grant_type`.
    pub fn of_type(grant_type: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grant| grant.grant_type() == grant_type)
    }
}
