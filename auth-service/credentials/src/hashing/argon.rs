//! Argon2id, in memory that is allocated once per thread.

use argon2::password_hash::phc::{Output, PasswordHash as Phc, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use subtle::ConstantTimeEq;

use super::password_hash::PasswordHash;

/// Memory of one hash in KiB: the first choice of OWASP's cheat sheet for argon2id.
pub const MEMORY_KIB: u32 = 19_456;
/// Passes over that memory.
pub const PASSES: u32 = 2;
/// Lanes; one, because parallelism comes from concurrent sign-ins.
const LANES: u32 = 1;
/// Length of the hash in bytes.
const OUTPUT: usize = 32;
/// Maximum memory of a stored hash in KiB; hashes that require more were not created here.
const MAX_MEMORY_KIB: u32 = 64 * 1024;

/// Errors of hashing; not expected.
#[derive(Debug, thiserror::Error)]
pub enum ArgonError {
    /// The system has no random bytes.
    #[error("no random bytes for a salt")]
    NoRandom,
    /// Parameters out of range.
    #[error("argon2 refused its parameters")]
    Argon(#[from] argon2::Error),
    /// The stored text is not a PHC string of argon2id.
    #[error("a stored password hash cannot be read")]
    Stored,
}

/// Memory of one thread.
#[derive(Default)]
pub(super) struct Hasher {
    /// Allocated at the first hash and kept: mapping and clearing 19 MiB each time would add a fifth to the cost.
    blocks: Vec<Block>,
}

impl Hasher {
    /// Hashes with a new salt.
    pub(super) fn hash(&mut self, password: &[u8]) -> Result<PasswordHash, ArgonError> {
        let salt: [u8; Salt::RECOMMENDED_LENGTH] = random()?;
        let params = parameters()?;
        let mut output = [0; OUTPUT];
        self.run(params, password, &salt, &mut output)?;
        phc_string(&salt, &output)
    }

    /// Verifies a password against `stored`. With `None` it takes the same time and returns `false`.
    pub(super) fn verify(&mut self, password: &[u8], stored: Option<&PasswordHash>) -> Result<bool, ArgonError> {
        let decoy;
        let text = match stored {
            Some(hash) => hash.as_str(),
            None => {
                decoy = phc_string(&random::<{ Salt::RECOMMENDED_LENGTH }>()?, &random::<OUTPUT>()?)?;
                decoy.as_str()
            }
        };
        let phc = Phc::new(text).map_err(|_| ArgonError::Stored)?;
        let (Some(salt), Some(expected)) = (phc.salt, phc.hash) else { return Err(ArgonError::Stored) };
        let params = Params::try_from(&phc).map_err(|_| ArgonError::Stored)?;
        let ours = phc.algorithm.as_str() == "argon2id" && phc.version == Some(Version::V0x13.into());
        if !ours || params.m_cost() > MAX_MEMORY_KIB {
            return Err(ArgonError::Stored);
        }
        let mut output = vec![0; expected.len()];
        self.run(params, password, &salt, &mut output)?;
        Ok(bool::from(output.ct_eq(expected.as_bytes())) && stored.is_some())
    }

    fn run(&mut self, params: Params, password: &[u8], salt: &[u8], output: &mut [u8]) -> Result<(), ArgonError> {
        let needed = params.block_count();
        if self.blocks.len() < needed {
            self.blocks.resize(needed, Block::new());
        }
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        Ok(argon.hash_password_into_with_memory(password, salt, output, &mut self.blocks[..needed])?)
    }
}

fn parameters() -> Result<Params, ArgonError> {
    Ok(Params::new(MEMORY_KIB, PASSES, LANES, Some(OUTPUT))?)
}

fn phc_string(salt: &[u8], output: &[u8]) -> Result<PasswordHash, ArgonError> {
    let phc = Phc {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: (&parameters()?).try_into().map_err(|_| ArgonError::Stored)?,
        salt: Some(Salt::new(salt).map_err(|_| ArgonError::Stored)?),
        hash: Some(Output::new(output).map_err(|_| ArgonError::Stored)?),
    };
    Ok(PasswordHash::new(phc.to_string()))
}

fn random<const N: usize>() -> Result<[u8; N], ArgonError> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| ArgonError::NoRandom)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_matches_its_own_hash_only() {
        let mut hasher = Hasher::default();
        let hash = hasher.hash(b"three cats").unwrap();
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.as_str());
        assert!(hasher.verify(b"three cats", Some(&hash)).unwrap());
        assert!(!hasher.verify(b"three dogs", Some(&hash)).unwrap());
    }

    #[test]
    fn other_implementations_understand_the_hash() {
        use argon2::PasswordVerifier;
        let hash = Hasher::default().hash(b"three cats").unwrap();
        let phc = Phc::new(hash.as_str()).unwrap();
        assert!(Argon2::default().verify_password(b"three cats", &phc).is_ok());
    }

    #[test]
    fn no_password_matches_a_missing_account() {
        assert!(!Hasher::default().verify(b"three cats", None).unwrap());
    }

    #[test]
    fn two_hashes_of_one_password_differ() {
        let mut hasher = Hasher::default();
        assert!(hasher.hash(b"three cats").unwrap() != hasher.hash(b"three cats").unwrap());
    }

    #[test]
    fn a_stored_hash_with_gigabytes_of_memory_is_rejected() {
        let huge =
            "$argon2id$v=19$m=4194304,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let result = Hasher::default().verify(b"x", Some(&PasswordHash::new(huge)));
        assert!(matches!(result, Err(ArgonError::Stored)));
    }
}
