//! scrypt (RFC 7914) of imported accounts.

use ::scrypt::Params;
use argon2::password_hash::phc::PasswordHash as Phc;
use subtle::ConstantTimeEq;

use super::unsupported_hash::{MAX_MEMORY_KIB, MIN_OUTPUT, UnsupportedHash};

/// Maximum parallelism; here it multiplies the time.
const MAX_PARALLELISM: u32 = 16;

/// A scrypt hash.
#[derive(Debug)]
pub(super) struct ScryptHash {
    params: Params,
    salt: Vec<u8>,
    expected: Vec<u8>,
}

impl ScryptHash {
    /// Reads `$scrypt$ln=…,r=…,p=…$salt$hash`.
    pub(super) fn from_phc(phc: &Phc) -> Result<Self, UnsupportedHash> {
        let damaged = UnsupportedHash::Damaged;
        let (Some(salt), Some(expected)) = (phc.salt, phc.hash) else { return Err(damaged) };
        let number = |name: &str| phc.params.get_decimal(name).filter(|number| *number > 0);
        let (Some(log_n), Some(r), Some(p)) = (number("ln"), number("r"), number("p")) else { return Err(damaged) };
        if phc.params.iter().count() != 3 || phc.version.is_some() || expected.len() < MIN_OUTPUT {
            return Err(damaged);
        }
        // 128 · r · 2^ln bytes.
        let memory = 1_u64.checked_shl(log_n).and_then(|n| n.checked_mul(128)?.checked_mul(u64::from(r)));
        let is_bounded = log_n < 32 && memory.is_some_and(|bytes| bytes / 1024 <= u64::from(MAX_MEMORY_KIB));
        if !is_bounded || p > MAX_PARALLELISM {
            return Err(UnsupportedHash::TooCostly);
        }
        let log_n = u8::try_from(log_n).map_err(|_| damaged)?;
        let params = Params::new(log_n, r, p).map_err(|_| damaged)?;
        Ok(Self { params, salt: salt.to_vec(), expected: expected.as_bytes().to_vec() })
    }

    /// Verifies a password, comparing in constant time.
    pub(super) fn verify(&self, password: &[u8]) -> bool {
        let mut output = vec![0; self.expected.len()];
        let derived = ::scrypt::scrypt(password, &self.salt, &self.params, &mut output).is_ok();
        derived && bool::from(output.ct_eq(&self.expected))
    }
}
