//! Hashing by argon2id, in memory that is allocated once per thread; verification of all stored formats.

use argon2::password_hash::phc::{Output, PasswordHash as Phc, Salt};
use argon2::{Algorithm, Argon2, Block, Version};
use subtle::ConstantTimeEq;

use super::argon::{HashCost, OUTPUT};
use super::password_forms::{PasswordForms, Verification};
use super::password_hash::PasswordHash;
use super::stored_hash::StoredHash;
use super::unsupported_hash::UnsupportedHash;

/// Errors of hashing; not expected.
#[derive(Debug, thiserror::Error)]
pub enum ArgonError {
    /// The system has no random bytes.
    #[error("no random bytes for a salt")]
    NoRandom,
    /// Parameters out of range.
    #[error("argon2 refused its parameters")]
    Argon(#[from] argon2::Error),
    /// A new hash cannot be written as text.
    #[error("a password hash cannot be written")]
    Text,
    /// The stored text is no hash that can be verified.
    #[error("a stored password hash cannot be read")]
    Stored(#[from] UnsupportedHash),
}

/// Memory of one thread.
#[derive(Default)]
pub(super) struct Hasher {
    cost: HashCost,
    /// Allocated at the first hash and kept: mapping and clearing 19 MiB each time would add a fifth to the cost.
    blocks: Vec<Block>,
}

impl Hasher {
    /// Makes hashes of this cost.
    pub(super) fn new(cost: HashCost) -> Self {
        Self { cost, blocks: Vec::new() }
    }

    /// Hashes with a new salt.
    pub(super) fn hash(&mut self, password: &[u8]) -> Result<PasswordHash, ArgonError> {
        let salt: [u8; Salt::RECOMMENDED_LENGTH] = random()?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, self.cost.parameters()?);
        let mut output = [0; OUTPUT];
        self.run(&argon, password, &salt, &mut output)?;
        phc_string(self.cost, &salt, &output)
    }

    /// Verifies the forms of a password against `stored`, in their order. With `None` it takes the same time as with a
    /// hash made here.
    pub(super) fn verify(
        &mut self,
        password: &PasswordForms,
        stored: Option<&PasswordHash>,
    ) -> Result<Verification, ArgonError> {
        let decoy;
        let text = match stored {
            Some(hash) => hash.as_str(),
            None => {
                decoy = phc_string(self.cost, &random::<{ Salt::RECOMMENDED_LENGTH }>()?, &random::<OUTPUT>()?)?;
                decoy.as_str()
            }
        };
        let hash = StoredHash::parse(text)?;
        let canonical = password.canonical.expose().as_bytes();
        if self.matches(&hash, canonical)? {
            let is_current = matches!(&hash, StoredHash::Argon2(hash) if hash.is_current(self.cost));
            let kept = is_current || !can_be_replaced(&hash, canonical);
            return Ok(decided(stored, if kept { Verification::Right } else { Verification::Outdated }));
        }
        if let Some(raw) = &password.raw
            && self.matches(&hash, raw.expose().as_bytes())?
        {
            let kept = !can_be_replaced(&hash, raw.expose().as_bytes());
            return Ok(decided(stored, if kept { Verification::Right } else { Verification::Outdated }));
        }
        Ok(Verification::Wrong)
    }

    fn matches(&mut self, hash: &StoredHash, password: &[u8]) -> Result<bool, ArgonError> {
        match hash {
            StoredHash::Argon2(hash) => {
                let argon = Argon2::new(hash.algorithm, hash.version, hash.params.clone());
                let mut output = vec![0; hash.expected.len()];
                self.run(&argon, password, &hash.salt, &mut output)?;
                Ok(output.ct_eq(&hash.expected).into())
            }
            StoredHash::Scrypt(hash) => Ok(hash.verify(password)),
            StoredHash::Bcrypt(hash) => Ok(hash.verify(password)),
            StoredHash::Pbkdf2(hash) => Ok(hash.verify(password)),
        }
    }

    /// Memory beyond that of our own hashes is freed afterwards.
    fn run(&mut self, argon: &Argon2<'_>, password: &[u8], salt: &[u8], output: &mut [u8]) -> Result<(), ArgonError> {
        let (needed, own) = (argon.params().block_count(), self.cost.parameters()?.block_count());
        let mut large;
        let blocks = if needed <= own {
            self.blocks.resize(own, Block::new());
            &mut self.blocks[..needed]
        } else {
            large = vec![Block::new(); needed];
            &mut large[..]
        };
        Ok(argon.hash_password_into_with_memory(password, salt, output, blocks)?)
    }
}

/// A match of the decoy of a missing hash is no match.
fn decided(stored: Option<&PasswordHash>, verification: Verification) -> Verification {
    if stored.is_some() { verification } else { Verification::Wrong }
}

/// `false` for a long password and bcrypt, which has read its beginning only: a new hash would change the password.
fn can_be_replaced(hash: &StoredHash, password: &[u8]) -> bool {
    match hash {
        StoredHash::Bcrypt(hash) => hash.covers(password),
        StoredHash::Argon2(_) | StoredHash::Scrypt(_) | StoredHash::Pbkdf2(_) => true,
    }
}

fn phc_string(cost: HashCost, salt: &[u8], output: &[u8]) -> Result<PasswordHash, ArgonError> {
    let phc = Phc {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: (&cost.parameters()?).try_into().map_err(|_| ArgonError::Text)?,
        salt: Some(Salt::new(salt).map_err(|_| ArgonError::Text)?),
        hash: Some(Output::new(output).map_err(|_| ArgonError::Text)?),
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
    use contracts::Secret;

    use super::*;

    fn forms(text: &str) -> PasswordForms {
        Secret::new(text).into()
    }

    #[test]
    fn a_password_matches_its_own_hash_only() {
        let mut hasher = Hasher::default();
        let hash = hasher.hash(b"three cats").unwrap();
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.as_str());
        assert!(hasher.verify(&forms("three cats"), Some(&hash)).unwrap().is_right());
        assert!(!hasher.verify(&forms("three dogs"), Some(&hash)).unwrap().is_right());
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
        assert_eq!(Hasher::default().verify(&forms("three cats"), None).unwrap(), Verification::Wrong);
    }

    #[test]
    fn a_hash_of_the_raw_form_is_right_and_outdated() {
        let mut hasher = Hasher::default();
        let both = PasswordForms {
            canonical: Secret::new("caf\u{e9} au lait"),
            raw: Some(Secret::new("cafe\u{301} au lait")),
        };
        for (hashed, expected) in [
            ("caf\u{e9} au lait", Verification::Right),
            ("cafe\u{301} au lait", Verification::Outdated),
            ("cafe au lait", Verification::Wrong),
        ] {
            let hash = hasher.hash(hashed.as_bytes()).unwrap();
            assert_eq!(hasher.verify(&both, Some(&hash)).unwrap(), expected, "{hashed:?}");
        }
    }

    const SHORT: &str = "three cats on a sofa";
    /// 88 bytes.
    const LONG: &str = "three cats on a sofa, three cats on a sofa, three cats on a sofa, three cats on a sofa, ";
    /// Made by argon2-cffi 25.1, passlib 1.7.4, bcrypt 5.0 and Django 5.2.
    const IMPORTED: [(&str, &str, Verification); 12] = [
        (
            "$argon2id$v=19$m=1024,t=2,p=4$U19c3+pq/Umgf1hwv6togA$8B7qnvFKAPmXmgRfV9e62oX0VVfpX3TwNdR8bFgjpeI",
            SHORT,
            Verification::Outdated,
        ),
        (
            "$argon2i$v=19$m=64,t=1,p=1$wT+bsaG+GB3BEB0lAX6oSg$+xP6/C/W/rq3ZmxJNWd58ZbfTiPMClH8LwguJAlBz0g",
            SHORT,
            Verification::Outdated,
        ),
        (
            "$scrypt$ln=10,r=8,p=1$yvk/5/w/R4gR4rx3jpFyTg$Gy9msGDoVBbB5v/NC7jMX5cSIm1kt4Ryju25eDE6zBI",
            SHORT,
            Verification::Outdated,
        ),
        ("$2b$04$3S1C9QkWvX4bwDA00I8zK.R40DQsdKGkCBPNxfFSNKyTwzvxzFdhW", SHORT, Verification::Outdated),
        ("$2a$04$554FXO2pTCW/0zwsQd4U7OxXRHabF9da/ve4pWjhiV.4D4s6/kYi2", SHORT, Verification::Outdated),
        ("$2y$04$GAP7aSHkAY2mDX8/w8OtOOMhD7txiormOUDG2t.6VWTmnwJ2Gajum", SHORT, Verification::Outdated),
        ("$2b$04$JGE9xAFIWRsFaINrjfBIUOVkKgQ9nshyfjT9PSBtO1T3G25G3nIuW", LONG, Verification::Right),
        (
            "pbkdf2_sha256$1000$KNUBQrdD36FJ2HadFaZE66$y2ZEiuMPfy483frMLI/ytYYCgBcba6yRaZOEv0GBck0=",
            SHORT,
            Verification::Outdated,
        ),
        (
            "argon2$argon2id$v=19$m=1024,t=2,p=8$dk04WmRIbjhWcXFDZ1YxOGdTTklocw$ZdgW1J/HzcJjxsmAyWG8p7/CnIgjGt8LgZdJ8BmsHjU",
            SHORT,
            Verification::Outdated,
        ),
        ("bcrypt$$2b$04$CT0fTAgEFVrXt7/KaRwUDufscbpzzTihuG7Hh0mEHoz5PQWD7hkPG", SHORT, Verification::Outdated),
        ("bcrypt_sha256$$2b$04$akviTjwtonuSbg1azrF51e8ozAu2rYgjDYVjduGzgiRSJ0Zvt/WXu", SHORT, Verification::Outdated),
        ("bcrypt_sha256$$2b$04$bN6HchN4jVyOSn8onGIOVeOtVk9gPapXJYyUjJ9IqcuqGp4BS5oOi", LONG, Verification::Outdated),
    ];

    #[test]
    fn hashes_of_other_systems_are_verified_and_outdated() {
        let mut hasher = Hasher::default();
        for (text, password, expected) in IMPORTED {
            let hash = PasswordHash::imported(text).unwrap();
            assert_eq!(hasher.verify(&forms(password), Some(&hash)).unwrap(), expected, "{text}");
            assert_eq!(hasher.verify(&forms("three dogs"), Some(&hash)).unwrap(), Verification::Wrong, "{text}");
        }
    }

    #[test]
    fn bcrypt_reads_72_bytes_and_its_hash_is_kept_for_longer_passwords() {
        let (mut hasher, hash) = (Hasher::default(), PasswordHash::imported(IMPORTED[6].0).unwrap());
        for (length, expected) in [(71, Verification::Wrong), (72, Verification::Outdated), (73, Verification::Right)] {
            assert_eq!(hasher.verify(&forms(&LONG[..length]), Some(&hash)).unwrap(), expected, "{length} bytes");
        }
        let prehashed = PasswordHash::imported(IMPORTED[11].0).unwrap();
        assert_eq!(hasher.verify(&forms(&LONG[..73]), Some(&prehashed)).unwrap(), Verification::Wrong);
    }

    #[test]
    fn a_nul_makes_no_second_password_of_a_bcrypt_hash() {
        let (mut hasher, hash) = (Hasher::default(), PasswordHash::imported(IMPORTED[3].0).unwrap());
        for password in [format!("{SHORT}\0"), format!("{SHORT}\0{SHORT}"), format!("{SHORT}\0x")] {
            assert_eq!(hasher.verify(&forms(&password), Some(&hash)).unwrap(), Verification::Wrong, "{password:?}");
        }
    }

    #[test]
    fn two_hashes_of_one_password_differ() {
        let mut hasher = Hasher::default();
        assert!(hasher.hash(b"three cats").unwrap() != hasher.hash(b"three cats").unwrap());
    }

    #[test]
    fn a_hash_of_another_cost_is_right_and_outdated() {
        let (mut cheap, mut usual) = (Hasher::new(HashCost::MINIMUM), Hasher::default());
        let hash = cheap.hash(b"three cats").unwrap();
        assert_eq!(cheap.verify(&forms("three cats"), Some(&hash)).unwrap(), Verification::Right);
        assert_eq!(usual.verify(&forms("three cats"), Some(&hash)).unwrap(), Verification::Outdated);
        assert_eq!(cheap.verify(&forms("three cats"), None).unwrap(), Verification::Wrong);
    }

    #[test]
    fn a_stored_hash_with_gigabytes_of_memory_is_rejected() {
        let huge =
            "$argon2id$v=19$m=4194304,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let result = Hasher::default().verify(&forms("x"), Some(&PasswordHash::new(huge)));
        assert!(matches!(result, Err(ArgonError::Stored(UnsupportedHash::TooCostly))));
    }
}
