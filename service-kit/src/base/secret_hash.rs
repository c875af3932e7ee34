//! Hashes of secrets that callers present. Such secrets are long and random, so SHA-256 suffices to store them; argon2
//! would cost more than the requests that they permit.

use std::fmt;

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

    /// The 32 bytes, for storage.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The hash that 64 hexadecimal digits say, as `sha256sum` prints it; `None` for anything else.
    pub fn parse(hexadecimal: &str) -> Option<Self> {
        let digits: Vec<u8> =
            hexadecimal.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect::<Option<_>>()?;
        let bytes: Vec<u8> = digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
        (digits.len() == 64).then_some(())?;
        bytes.try_into().ok().map(Self)
    }
}

impl From<[u8; 32]> for SecretHash {
    fn from(stored: [u8; 32]) -> Self {
        Self(stored)
    }
}

/// Without the hash.
impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(…)")
    }
}

impl ConstantTimeEq for SecretHash {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_read_from_hexadecimal_digits() {
        let digits = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"; // FIPS 180-4, of "test"
        for text in [digits, &digits.to_uppercase()] {
            assert!(bool::from(SecretHash::parse(text).unwrap().ct_eq(&SecretHash::of("test"))));
        }
        for text in ["", &digits[1..], &format!("{digits}00"), &digits.replace('9', "g"), &digits.replace('9', "ё")] {
            assert!(SecretHash::parse(text).is_none(), "{text}");
        }
    }
}
