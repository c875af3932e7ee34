//! PBKDF2 with HMAC-SHA-256 (RFC 8018 §5.2), as Django stores it.

use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::unsupported_hash::UnsupportedHash;

/// Maximum number of iterations.
const MAX_ITERATIONS: u32 = 2_000_000;
/// Length of the hash in bytes.
const OUTPUT: usize = 32;

/// A PBKDF2 hash.
#[derive(Debug)]
pub(super) struct Pbkdf2Hash {
    iterations: NonZeroU32,
    salt: String,
    expected: [u8; OUTPUT],
}

impl Pbkdf2Hash {
    /// Reads `iterations$salt$hash`.
    pub(super) fn parse(text: &str) -> Result<Self, UnsupportedHash> {
        let damaged = UnsupportedHash::Damaged;
        let mut parts = text.split('$');
        let (Some(iterations), Some(salt), Some(hash), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(damaged);
        };
        let iterations: NonZeroU32 = iterations.parse().map_err(|_| damaged)?;
        let expected = STANDARD.decode(hash).ok().and_then(|hash| hash.try_into().ok()).ok_or(damaged)?;
        if salt.is_empty() {
            return Err(damaged);
        }
        if iterations.get() > MAX_ITERATIONS {
            return Err(UnsupportedHash::TooCostly);
        }
        Ok(Self { iterations, salt: salt.to_owned(), expected })
    }

    /// Verifies a password, comparing in constant time.
    pub(super) fn verify(&self, password: &[u8]) -> bool {
        let algorithm = pbkdf2::PBKDF2_HMAC_SHA256;
        pbkdf2::verify(algorithm, self.iterations, self.salt.as_bytes(), password, &self.expected).is_ok()
    }
}
