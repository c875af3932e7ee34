//! One client.

use chrono::{DateTime, Utc};
use service_kit::secret_hash::SecretHash;
use subtle::{Choice, ConstantTimeEq};
use token_verifier::CLIENT_ID;

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

/// A secret of a confidential client.
#[derive(Debug, Clone)]
pub struct ClientSecret {
    /// Its hash.
    pub hash: SecretHash,
    /// End of a secret that was replaced.
    pub until: Option<DateTime<Utc>>,
}

/// A client. One without secrets is public (RFC 6749 §2.1).
#[derive(Debug, Clone)]
pub struct Client {
    /// Its id: 1 to 64 of `a–z 0–9 . _ -`.
    pub id: String,
    /// What it may ask for.
    pub grants: Vec<Grant>,
    /// Its secrets; two while one replaces the other.
    pub secrets: Vec<ClientSecret>,
}

impl Client {
    /// Our own apps.
    pub fn first_party() -> Self {
        Self { id: CLIENT_ID.to_owned(), grants: vec![Grant::RefreshToken], secrets: Vec::new() }
    }

    /// `true` when it may use this grant.
    pub fn may_use(&self, grant: Grant) -> bool {
        self.grants.contains(&grant)
    }

    /// `true` when this is its secret at that time. A public client has none. All secrets are compared.
    pub(crate) fn accepts(&self, secret: &str, now: DateTime<Utc>) -> bool {
        if self.secrets.is_empty() {
            return secret.is_empty();
        }
        let given = SecretHash::of(secret);
        let is_one = |known: &ClientSecret| {
            let is_live = known.until.is_none_or(|until| now < until);
            given.ct_eq(&known.hash) & Choice::from(u8::from(is_live))
        };
        self.secrets.iter().map(is_one).fold(Choice::from(0), |any, one| any | one).into()
    }
}
