//! Accounts that people have at social providers.

use std::fmt;

use chrono::{DateTime, Utc};
use contracts::ids::UserId;
use uuid::Uuid;

/// How many identities one account may have.
pub const MAX_IDENTITIES: u64 = 20;

/// The longest id of a provider, in bytes.
const MAX_PROVIDER: usize = 32;

/// Short name of a provider in URLs, settings and rows: lower-case letters, digits and `_`, at most 32. Never given to another
/// provider.
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

/// Somebody at a provider. The pair is the key: an e-mail may change hands, a name may be taken by somebody else.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdentityKey {
    /// Which provider.
    pub provider: ProviderId,
    /// The provider's own id of the person, at most 255 bytes.
    pub subject: String,
}

/// An identity that is linked to an account.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Its id here.
    pub id: Uuid,
    /// Who that is at the provider.
    pub key: IdentityKey,
    /// Whose it is.
    pub user_id: UserId,
    /// What its owner will recognise it by, such as an address or a name; may be empty.
    pub label: String,
    /// When it was linked.
    pub linked_at: DateTime<Utc>,
    /// When somebody last signed in with it.
    pub last_used_at: Option<DateTime<Utc>>,
    /// What revokes it upstream, sealed; empty when there is nothing to revoke.
    pub sealed_grant: Vec<u8>,
}

/// An identity that is about to be linked.
#[derive(Debug, Clone)]
pub struct NewIdentity {
    /// Who that is at the provider.
    pub key: IdentityKey,
    /// As [`Identity::label`]; at most 320 bytes.
    pub label: String,
    /// As [`Identity::sealed_grant`].
    pub sealed_grant: Vec<u8>,
    /// Now.
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
