//! Hashes of secrets that callers present. Such secrets are long and random, so SHA-256 suffices to store them; argon2
//! would cost more than the requests that they permit.

use aws_lc_rs::digest::{SHA256, digest};
use subtle::{Choice, ConstantTimeEq};

/// SHA-256 of a secret. Compare it in constant time, with every registered one.
#[derive(Clone, Copy)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// Hashes `secret`.
    pub fn of(secret: &str) -> Self {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, secret.as_bytes()).as_ref());
        Self(hash)
    }
}

impl ConstantTimeEq for SecretHash {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }
}
