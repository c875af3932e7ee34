//! Kinds of keys that a policy counts by.

use std::fmt;

use contracts::codes;
use contracts::endpoint::{Auth, EndpointInfo};

/// Kind of key that a policy counts by: each key has its own budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Per {
    /// Network address of the client; of IPv6 the first 64 bits.
    Address,
    /// Header `X-Device-Id`, without it the address. Clients choose its value freely, so combine it with a policy per
    /// address.
    Device,
    /// All requests together.
    Everything,
    /// Authenticated service client.
    Client,
    /// User of the access token. Requests without one are not counted.
    User,
    /// Account that is signed in to or created, existing or not.
    Account,
    /// That account together with the address of the client.
    AccountAndAddress,
    /// Network address of the client, counted by the handler together with the account and only after the body is read:
    /// so units can be refunded, and a client with a verified credential does not share the budget of its network.
    AttemptAddress,
    /// Credential sent by the client and verified by the service, such as a known device of the account.
    Credential,
}

/// Subject of a request, known only after the route's middleware.
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

    /// Name in policy files.
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

    /// Subject that must be known before a request can be counted; `None` for keys from the request head.
    pub(super) fn subject(self) -> Option<Subject> {
        match self {
            Self::Address | Self::Device | Self::Everything => None,
            Self::Client => Some(Subject::Client),
            Self::User => Some(Subject::User),
            Self::Account | Self::AccountAndAddress | Self::AttemptAddress => Some(Subject::Account),
            Self::Credential => Some(Subject::Credential),
        }
    }

    /// `true` when requests to `endpoint` have such a key; `accounts` lists the endpoints that name an account.
    pub(super) fn fits(self, endpoint: &EndpointInfo, accounts: &[&str]) -> bool {
        match self.subject() {
            None => true,
            Some(Subject::Client) => endpoint.may_answer(codes::CLIENT_REJECTED),
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
