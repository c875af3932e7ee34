//! The key ring: selection of the signing key and of keys that are valid for verification.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::auth::oauth::{Jwk, JwkSet};
use token_verifier::TokenAlgorithm;

use super::file::SigningKey;

/// Keys in order of activation.
#[derive(Debug, Clone, Default)]
pub struct KeyRing(Vec<SigningKey>);

impl KeyRing {
    /// Sorts `keys` by activation time.
    pub fn new(mut keys: Vec<SigningKey>) -> Self {
        keys.sort_by_key(|key| (key.activates_at(), key.kid().to_owned()));
        Self(keys)
    }

    /// The signing key at `now`: the most recently activated one.
    pub fn signing(&self, now: DateTime<Utc>) -> Option<&SigningKey> {
        self.0.iter().rev().find(|key| key.activates_at() <= now)
    }

    /// The key `kid`, unless its successor has been active for longer than `overlap`: by then all its tokens have
    /// expired, and a stolen key is useless. Keys count before their activation, because another replica's clock may be
    /// ahead.
    pub fn verifying(&self, kid: &str, now: DateTime<Utc>, overlap: TimeDelta) -> Option<&SigningKey> {
        let index = self.0.iter().position(|key| key.kid() == kid)?;
        let retired = self.0.get(index + 1).is_some_and(|next| next.activates_at() + overlap <= now);
        if retired { None } else { self.0.get(index) }
    }

    /// Algorithm of the next key: that of the key that signs at `now`, since clients may have been set up for it alone.
    pub fn next_algorithm(&self, now: DateTime<Utc>) -> TokenAlgorithm {
        self.signing(now).map_or(TokenAlgorithm::DEFAULT, SigningKey::algorithm)
    }

    /// Activation times of all keys, in order.
    pub fn activations(&self) -> impl Iterator<Item = DateTime<Utc>> {
        self.0.iter().map(SigningKey::activates_at)
    }

    /// `true` when there is a key `kid`, retired or not.
    pub fn knows(&self, kid: &str) -> bool {
        self.0.iter().any(|key| key.kid() == kid)
    }

    /// Public keys for other services: all of them, so that a new key is known before its first token.
    pub fn jwks(&self) -> JwkSet {
        let keys: Vec<Jwk> = self.0.iter().rev().map(SigningKey::jwk).cloned().collect();
        JwkSet { keys }
    }
}

#[cfg(test)]
mod tests {
    use super::super::file::new_pem;
    use super::*;

    fn key(at: DateTime<Utc>) -> SigningKey {
        SigningKey::read(new_pem(TokenAlgorithm::EdDsa).unwrap().as_bytes(), at).unwrap()
    }

    #[test]
    fn keys_take_turns_with_an_overlap() {
        let start: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
        let (hour, overlap) = (TimeDelta::hours(1), TimeDelta::minutes(11));
        let (old, new) = (key(start), key(start + hour));
        let ring = KeyRing::new(vec![new.clone(), old.clone()]);
        let signer = |at| ring.signing(at).map(|key| key.kid().to_owned());

        assert_eq!(signer(start - hour), None);
        assert_eq!(signer(start), Some(old.kid().to_owned()));
        assert_eq!(signer(start + hour), Some(new.kid().to_owned()));
        assert!(ring.verifying(new.kid(), start, overlap).is_some(), "a coming key counts already");
        let changed = start + hour;
        assert!(ring.verifying(old.kid(), changed + overlap - TimeDelta::seconds(1), overlap).is_some());
        assert!(ring.verifying(old.kid(), changed + overlap, overlap).is_none());
        assert_eq!(ring.jwks().keys.len(), 2);
    }
}
