//! Whom a policy counts.

use std::fmt;

use contracts::endpoint::{Auth, EndpointInfo};

/// Whom a policy counts: each of these has a budget of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Per {
    /// The network address of the client; of IPv6 the first 64 bits.
    Address,
    /// What header `X-Device-Id` says; without it the address. A client may say what it likes, so let a policy per address
    /// stand beside this one.
    Device,
    /// All requests together.
    Everything,
    /// The service client that has shown its secret.
    Client,
    /// The user whose access token came. Who comes without one is not counted.
    User,
    /// The account that somebody wants to get into or to open, whether there is one or not.
    Account,
    /// That account from one address.
    AccountAndAddress,
    /// The network address of a client, counted by the handler together with the account and not before the body is read: so
    /// units can be refunded, and a client with a credential of its own is not counted with its neighbours.
    AttemptAddress,
    /// A credential that the client sent and the service has verified, such as a device that an account has used before.
    Credential,
}

/// What is known only behind the first gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    Client,
    User,
    Account,
    Credential,
}

impl Per {
    pub(super) const ALL: [Self; 9] = [
        Self::Address,
        Self::Device,
        Self::Everything,
        Self::Client,
        Self::User,
        Self::Account,
        Self::AccountAndAddress,
        Self::AttemptAddress,
        Self::Credential,
    ];

    /// The word in policy files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Device => "device",
            Self::Everything => "everything",
            Self::Client => "client",
            Self::User => "user",
            Self::Account => "account",
            Self::AccountAndAddress => "account+address",
            Self::AttemptAddress => "attempt-address",
            Self::Credential => "credential",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|per| per.as_str() == text)
    }

    /// What has to be known before a request can be counted; `None` at the first gate.
    pub(super) fn subject(self) -> Option<Subject> {
        match self {
            Self::Address | Self::Device | Self::Everything => None,
            Self::Client => Some(Subject::Client),
            Self::User => Some(Subject::User),
            Self::Account | Self::AccountAndAddress | Self::AttemptAddress => Some(Subject::Account),
            Self::Credential => Some(Subject::Credential),
        }
    }

    /// Whether requests to `endpoint` can be counted so; `accounts` are the endpoints that name one.
    pub(super) fn fits(self, endpoint: &EndpointInfo, accounts: &[&str]) -> bool {
        match self.subject() {
            None => true,
            Some(Subject::Client) => endpoint.auth == Auth::ServiceClient,
            Some(Subject::User) => !matches!(endpoint.auth, Auth::Public | Auth::ServiceClient),
            Some(Subject::Account | Subject::Credential) => accounts.contains(&endpoint.id),
        }
    }
}

impl fmt::Display for Per {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
