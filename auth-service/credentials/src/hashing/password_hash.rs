//! Password hashes as they are stored.

use std::fmt;

use super::stored_hash::StoredHash;
use super::unsupported_hash::UnsupportedHash;

/// A password hash: a PHC string, or a supported format of another system. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Wraps the text of a stored hash.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Reads a hash of another program: argon2 and scrypt (PHC strings), bcrypt, and `pbkdf2_sha256`, `bcrypt`,
    /// `bcrypt_sha256` and `argon2` of Django. At most 256 MiB, bcrypt cost 14, 2,000,000 iterations of PBKDF2.
    ///
    /// # Errors
    /// [`UnsupportedHash`].
    pub fn imported(text: &str) -> Result<Self, UnsupportedHash> {
        StoredHash::parse(text).map(|_| Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}
