//! Accounts of users at social providers.

use chrono::{DateTime, Utc};
use contracts::auth::social::ProviderId;
use contracts::ids::UserId;
use uuid::Uuid;

use super::Email;

/// Maximum number of identities of one account.
pub const MAX_IDENTITIES: u64 = 20;

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
    /// E-mail that the provider vouched for at the last sign-in with it.
    pub vouched_login: Option<Email>,
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
    /// As [`Identity::vouched_login`].
    pub vouched_login: Option<Email>,
    /// Current time.
    pub at: DateTime<Utc>,
}
