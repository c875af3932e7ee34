//! Argon2 hashes (RFC 9106), and the parameters of new ones.

use argon2::password_hash::phc::PasswordHash as Phc;
use argon2::{Algorithm, Params, Version};

use super::unsupported_hash::{MAX_MEMORY_KIB, MIN_OUTPUT, UnsupportedHash};

/// Memory of one hash in KiB: the first choice of OWASP's cheat sheet for argon2id.
pub const MEMORY_KIB: u32 = 19_456;
/// Passes over that memory.
pub const PASSES: u32 = 2;
/// Memory of the cheapest hash in KiB (RFC 9106 §3.1: eight for each lane).
const MIN_MEMORY_KIB: u32 = 8;
/// Lanes; one, because parallelism comes from concurrent sign-ins.
const LANES: u32 = 1;
/// Length of the hash in bytes.
pub(super) const OUTPUT: usize = 32;
/// Maximum number of passes of an imported hash.
const MAX_PASSES: u32 = 16;
/// Maximum number of lanes of an imported hash.
const MAX_LANES: u32 = 16;

/// Cost of new hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashCost {
    memory_kib: u32,
    passes: u32,
}

impl HashCost {
    /// The least that argon2 permits, for tests with thousands of accounts. No setting of an operator chooses it.
    pub const MINIMUM: Self = Self { memory_kib: MIN_MEMORY_KIB, passes: 1 };

    /// Parameters of new hashes.
    pub(super) fn parameters(self) -> Result<Params, argon2::Error> {
        Params::new(self.memory_kib, self.passes, LANES, Some(OUTPUT))
    }
}

impl Default for HashCost {
    fn default() -> Self {
        Self { memory_kib: MEMORY_KIB, passes: PASSES }
    }
}

/// Argon2 hash of any variant.
#[derive(Debug)]
pub(super) struct Argon2Hash {
    pub(super) algorithm: Algorithm,
    pub(super) version: Version,
    pub(super) params: Params,
    pub(super) salt: Vec<u8>,
    pub(super) expected: Vec<u8>,
}

impl Argon2Hash {
    /// Reads a PHC string. Without a version it is 1.0.
    pub(super) fn from_phc(phc: &Phc) -> Result<Self, UnsupportedHash> {
        let damaged = UnsupportedHash::Damaged;
        let (Some(salt), Some(expected)) = (phc.salt, phc.hash) else { return Err(damaged) };
        let params = Params::try_from(phc).map_err(|_| damaged)?;
        let algorithm = Algorithm::try_from(phc.algorithm.as_str()).map_err(|_| damaged)?;
        let version = Version::try_from(phc.version.unwrap_or(Version::V0x10.into())).map_err(|_| damaged)?;
        if expected.len() < MIN_OUTPUT {
            return Err(damaged);
        }
        if params.m_cost() > MAX_MEMORY_KIB || params.t_cost() > MAX_PASSES || params.p_cost() > MAX_LANES {
            return Err(UnsupportedHash::TooCostly);
        }
        let (salt, expected) = (salt.to_vec(), expected.as_bytes().to_vec());
        Ok(Self { algorithm, version, params, salt, expected })
    }

    /// `true` when a new hash of this cost would have the same algorithm and parameters.
    pub(super) fn is_current(&self, cost: HashCost) -> bool {
        let (memory, passes, lanes) = (self.params.m_cost(), self.params.t_cost(), self.params.p_cost());
        let is_ours = (memory, passes, lanes) == (cost.memory_kib, cost.passes, LANES) && self.expected.len() == OUTPUT;
        is_ours && self.algorithm == Algorithm::Argon2id && self.version == Version::V0x13
    }
}
