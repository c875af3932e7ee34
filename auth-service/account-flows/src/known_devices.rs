//! Known devices: those that have signed in to the account before and send the credential issued then.
//!
//! The credential is sealed and not stored, so it works on every replica and while captcha-service is unavailable, and
//! attackers who guess passwords do not have it. It grants no access: it replaces a challenge, and has separate budgets
//! and a separate hashing lane, which other clients cannot use up. It is invalidated by everything that ends all
//! sessions of the account: it carries the version of the account's tokens, which a change of password and "sign out
//! everywhere" increment.

use std::sync::Arc;
use std::time::Duration;

use account_storage::Store;
use aws_lc_rs::digest::{SHA256, digest};
use bot_filter::{KnownDevice, SignInContext};
use chrono::{DateTime, Utc};
use contracts::Secret;
use contracts::ids::UserId;
use serde::{Deserialize, Serialize};
use service_kit::database::DatabaseError;
use service_kit::{Clock, Sealer};
use uuid::Uuid;

/// Issues credentials to devices and verifies them.
pub struct KnownDevices {
    credentials: Credentials,
    store: Store,
    clock: Arc<dyn Clock>,
}

/// Seals and opens credentials.
struct Credentials {
    sealer: Sealer,
    ttl: Duration,
}

/// Sealed contents. Credentials of older releases lack the last three fields and are rejected.
#[derive(Serialize, Deserialize)]
struct Credential {
    account: [u8; 16],
    at: DateTime<Utc>,
    id: Uuid,
    user: UserId,
    version: i64,
}

impl KnownDevices {
    /// Creates it with the secret shared by all replicas. `ttl` is the time for which a device stays known.
    pub(super) fn new(secret: &[u8], ttl: Duration, store: Store, clock: Arc<dyn Clock>) -> Self {
        Self { credentials: Credentials::new(secret, ttl), store, clock }
    }

    /// The credential of a device that has just signed in. `version` is that of the account's tokens. `None` when the
    /// system has no random bytes.
    pub fn issue(&self, account: &str, user: UserId, version: i64) -> Option<Secret> {
        self.credentials.seal(account, user, version, self.clock.now())
    }

    /// The known device of an attempt, if any. Only authentic credentials cause an SQL query, so the response time
    /// reveals nothing to other clients.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn find(&self, context: &SignInContext<'_>) -> Result<Option<KnownDevice>, DatabaseError> {
        let credential = context.proof.known_device.as_ref();
        let credential = credential.and_then(|text| self.credentials.open(context.account, text, self.clock.now()));
        let Some(credential) = credential else { return Ok(None) };
        let version = self.store.find_token_version(credential.user).await?;
        Ok((version == credential.version).then_some(KnownDevice { id: credential.id }))
    }
}

impl Credentials {
    fn new(secret: &[u8], ttl: Duration) -> Self {
        Self { sealer: Sealer::new(secret, "sealed known device"), ttl }
    }

    fn seal(&self, account: &str, user: UserId, version: i64, at: DateTime<Utc>) -> Option<Secret> {
        self.sealer.seal(&Credential { account: truncated_hash(account), at, id: Uuid::new_v4(), user, version })
    }

    /// A credential for this account that was issued here and has not expired.
    fn open(&self, account: &str, text: &Secret, now: DateTime<Utc>) -> Option<Credential> {
        let credential = self.sealer.open::<Credential>(text.expose())?;
        let age = now.signed_duration_since(credential.at).to_std().unwrap_or_default();
        (credential.account == truncated_hash(account) && age < self.ttl).then_some(credential)
    }
}

/// Truncated hash that distinguishes accounts; it is sealed.
fn truncated_hash(account: &str) -> [u8; 16] {
    let mut truncated_hash = [0; 16];
    truncated_hash.copy_from_slice(&digest(&SHA256, account.as_bytes()).as_ref()[..16]);
    truncated_hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_known_to_the_account_it_signed_in_to_and_for_a_time() {
        let day = Duration::from_secs(24 * 60 * 60);
        let devices = Credentials::new(b"a key of this installation, 256 bits", day);
        let at = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let issued = devices.seal("anna@example.org", UserId::new(), 7, at).unwrap();
        assert!(issued.expose().len() <= 512, "the contract takes no more");
        assert_eq!(devices.open("anna@example.org", &issued, at).unwrap().version, 7);
        assert!(devices.open("boris@example.org", &issued, at).is_none());
        assert!(devices.open("anna@example.org", &issued, at + day).is_none());
        assert!(devices.open("anna@example.org", &Secret::new("made up"), at).is_none());
        assert!(Credentials::new(b"another", day).open("anna@example.org", &issued, at).is_none());
    }

    #[test]
    fn a_credential_of_an_earlier_release_is_known() {
        let text = "3PFExbrhgIyJNqDfsWuzDXrnHMAL9AeP_68zXP0jcYFiFSScy9a3IKn59tm3OI-2pZUt6Wr4h2EDZdW-cCvY8GDPoVlxtxxp2ea_\
            ZIUEEeVr95os4Iu74hX1G5aN9eGQjolnXNVSmHJrancuRmf8zx7BuasUdqD0KZd8ZCmtiwu1zot0pB4RTAROmCfz9qfJsQCRHhB-2uZQ3ufP\
            6OplTcleK_ZLWSi4Xr4gVjI_pNJ8L9rXKgLgmryn34et2ETMWBC4cZyVg85Fqd9GURjo7y0x736bjsbx6x3eZ1VW-gGufbA";
        let at = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let devices = Credentials::new(b"a key of this installation, 256 bits", Duration::from_secs(1));
        assert_eq!(devices.open("anna@example.org", &Secret::new(text), at).unwrap().version, 7);
    }
}
