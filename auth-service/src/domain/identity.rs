//! Accounts of users at social providers.

use std::fmt;

use chrono::{DateTime, Utc};
use contracts::ids::UserId;
use uuid::Uuid;

/// Maximum number of identities of one account.
pub const MAX_IDENTITIES: u64 = 20;

/// The longest id of a provider, in bytes.
const MAX_PROVIDER: usize = 32;

/// Short name of a provider in URLs, settings and rows: lower-case letters, digits and `_`, at most 32. Never given to
/// another provider.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderId(String);

impl ProviderId {
    /// Reads a name; `None` when it cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let fits = (1..=MAX_PROVIDER).contains(&text.len()) && text.bytes().all(plain);
        fits.then(|| Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProviderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A user at a provider. Provider and subject form the key: an e-mail or a name may later belong to another person.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdentityKey {
    /// The provider.
    pub provider: ProviderId,
    /// The provider's own id of the user, at most 255 bytes.
    pub subject: String,
}

/// An identity that is linked to an account.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Its id here.
    pub id: Uuid,
    /// The user at the provider.
    pub key: IdentityKey,
    /// The account here.
    pub user_id: UserId,
    /// Label that the owner recognises, such as an address or a name; may be empty.
    pub label: String,
    /// Time of linking.
    pub linked_at: DateTime<Utc>,
    /// Time of the last sign-in with it.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Grant with which it is revoked at the provider, sealed; empty when there is nothing to revoke.
    pub sealed_grant: Vec<u8>,
}

/// An identity that is about to be linked.
#[derive(Debug, Clone)]
pub struct NewIdentity {
    /// The user at the provider.
    pub key: IdentityKey,
    /// As [`Identity::label`]; at most 320 bytes.
    pub label: String,
    /// As [`Identity::sealed_grant`].
    pub sealed_grant: Vec<u8>,
    /// Current time.
    pub at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_provider_is_short_and_plain() {
        for good in ["google", "mail_ru", "oidc2", "a"] {
            assert_eq!(ProviderId::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "Google", "mail-ru", "a b", "../x", "гугл", &"a".repeat(33)] {
            assert!(ProviderId::parse(bad).is_none(), "{bad}");
        }
    }
}
