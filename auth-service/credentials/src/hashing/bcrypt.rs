//! bcrypt hashes of imported accounts (Provos and Mazières, USENIX 1999).

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::unsupported_hash::UnsupportedHash;

/// Length of salt and hash in their text.
const TEXT: usize = 53;
/// Length of the salt in that text.
const SALT_TEXT: usize = 22;
/// Length of the hash in bytes; the last one of the cipher's output is not stored.
const OUTPUT: usize = 23;
/// Range of costs, as exponents of two.
const COSTS: std::ops::RangeInclusive<u32> = 4..=14;
/// Maximum length of a password that is read completely, in bytes.
pub(super) const MAX_PASSWORD: usize = 72;

/// The bits of the last character that belong to no byte are not zero in all implementations.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::BCRYPT,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// A bcrypt hash.
#[derive(Debug)]
pub(super) struct BcryptHash {
    cost: u32,
    salt: [u8; 16],
    expected: [u8; OUTPUT],
    /// `true` for a hash of the password's SHA-256 in hexadecimal, as Django's `bcrypt_sha256` makes it: its length does not matter.
    prehashed: bool,
}

impl BcryptHash {
    /// Reads `$2b$12$…`; the versions `2a`, `2b` and `2y` are one.
    pub(super) fn parse(text: &str, prehashed: bool) -> Result<Self, UnsupportedHash> {
        let damaged = UnsupportedHash::Damaged;
        let (version, rest) = text.strip_prefix('$').and_then(|rest| rest.split_once('$')).ok_or(damaged)?;
        let (cost, data) = rest.split_once('$').ok_or(damaged)?;
        let is_cost = cost.len() == 2 && cost.bytes().all(|byte| byte.is_ascii_digit());
        if !matches!(version, "2a" | "2b" | "2y") || !is_cost || data.len() != TEXT || !data.is_ascii() {
            return Err(damaged);
        }
        let cost = cost.parse().map_err(|_| damaged)?;
        let decode = |text: &str| BASE64.decode(text).map_err(|_| damaged);
        let (salt, expected) = data.split_at(SALT_TEXT);
        let salt = decode(salt)?.try_into().map_err(|_| damaged)?;
        let expected = decode(expected)?.try_into().map_err(|_| damaged)?;
        match cost {
            cost if COSTS.contains(&cost) => Ok(Self { cost, salt, expected, prehashed }),
            cost if cost > *COSTS.end() => Err(UnsupportedHash::TooCostly),
            _ => Err(damaged),
        }
    }

    /// Verifies a password. One with a NUL matches nothing: other implementations end there, so that it would be a
    /// second password of the account.
    pub(super) fn verify(&self, password: &[u8]) -> bool {
        let mut key = Zeroizing::new(Vec::with_capacity(MAX_PASSWORD));
        if self.prehashed {
            for byte in digest(&SHA256, password).as_ref() {
                key.extend(format!("{byte:02x}").bytes());
            }
        } else {
            key.extend_from_slice(password);
        }
        let has_nul = key.contains(&0);
        key.push(0);
        key.truncate(MAX_PASSWORD);
        let output = ::bcrypt::bcrypt(self.cost, self.salt, &key);
        bool::from(output[..OUTPUT].ct_eq(&self.expected)) && !has_nul
    }

    /// `true` when the hash covers the whole password: a longer one would change when it is hashed by another algorithm.
    pub(super) fn covers(&self, password: &[u8]) -> bool {
        self.prehashed || password.len() <= MAX_PASSWORD
    }
}
