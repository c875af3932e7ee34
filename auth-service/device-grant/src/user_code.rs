//! The code that a person reads from one screen and types on another.

use std::fmt;

use aws_lc_rs::hmac;

use crate::random::{NoRandom, random};

/// Letters of a code: no vowels, so that it spells no words, and none that is taken for a digit (RFC 8628 §6.1).
pub(crate) const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// Letters of a code: 34.6 bits.
pub(crate) const LENGTH: usize = 8;
/// Bytes below this are spread evenly over the alphabet.
const EVEN: u8 = 240;

/// A user code, shown as `WDJB-MJHT`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct UserCode(pub(crate) [u8; LENGTH]);

/// HMAC-SHA-256 of a user code, as stored: the codes are short enough that a plain hash could be searched.
pub type UserCodeMac = [u8; 32];

/// Key of these.
pub struct UserCodeKey(hmac::Key);

impl UserCode {
    /// Makes a code.
    ///
    /// # Errors
    /// [`NoRandom`].
    pub fn generate() -> Result<Self, NoRandom> {
        let (mut code, mut filled) = ([0; LENGTH], 0);
        loop {
            for byte in random::<LENGTH>()?.into_iter().filter(|byte| *byte < EVEN) {
                code[filled] = ALPHABET[usize::from(byte) % ALPHABET.len()];
                filled += 1;
                if filled == LENGTH {
                    return Ok(Self(code));
                }
            }
        }
    }
}

impl UserCodeKey {
    /// Derives it from the key that all replicas share.
    pub fn new(secret: &[u8]) -> Self {
        let root = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let derived = hmac::sign(&root, b"user codes of the device grant");
        Self(hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()))
    }

    /// The stored form of a code.
    pub fn mac(&self, code: UserCode) -> UserCodeMac {
        let mut mac = UserCodeMac::default();
        mac.copy_from_slice(hmac::sign(&self.0, &code.0).as_ref());
        mac
    }
}

impl fmt::Display for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, letter) in self.0.iter().enumerate() {
            if place == LENGTH / 2 {
                f.write_str("-")?;
            }
            write!(f, "{}", char::from(*letter))?;
        }
        Ok(())
    }
}

/// Without the code, which signs in a device.
impl fmt::Debug for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn codes_have_eight_letters_of_the_alphabet_each_about_equally_often() {
        let mut counts: HashMap<u8, u32> = HashMap::new();
        for _ in 0..5000 {
            let code = UserCode::generate().unwrap();
            code.0.iter().for_each(|letter| *counts.entry(*letter).or_default() += 1);
            let shown = code.to_string();
            assert!(shown.len() == 9 && shown.as_bytes()[4] == b'-', "{shown}");
        }
        assert_eq!(counts.len(), ALPHABET.len());
        // 2,000 expected of each; six standard deviations.
        assert!(counts.iter().all(|(letter, count)| ALPHABET.contains(letter) && (1740..2260).contains(count)));
    }

    #[test]
    fn the_stored_form_depends_on_the_code_and_the_key() {
        let [one, other] = [[b'B'; LENGTH], [b'C'; LENGTH]].map(UserCode);
        let key = UserCodeKey::new(b"a key");
        assert_eq!(key.mac(one), UserCodeKey::new(b"a key").mac(one));
        assert_ne!(key.mac(one), key.mac(other));
        assert_ne!(key.mac(one), UserCodeKey::new(b"another key").mac(one));
    }
}
