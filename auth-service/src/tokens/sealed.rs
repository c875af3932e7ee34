//! Sealed values: given to clients, and returned by them unread and unchanged.
//!
//! AES-256-GCM (NIST SP 800-38D) with a key derived from the installation's secret for each purpose (HMAC-SHA256), so
//! that a value of one purpose opens for no other. Nonces are random, which is safe for about four billion values of
//! one key.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contracts::Secret;
use serde::{Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

/// Maximum length of a text.
const MAX_TEXT: usize = 4096;

/// Seals and opens values of one purpose.
pub struct Sealer {
    key: LessSafeKey,
}

impl Sealer {
    /// Creates it for `purpose`, with the secret shared by all replicas of this installation.
    pub fn new(secret: &[u8], purpose: &str) -> Self {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, secret));
        context.update(b"sealed ");
        context.update(purpose.as_bytes());
        let key = UnboundKey::new(&AES_256_GCM, context.sign().as_ref()).expect("SHA-256 gives the 32 bytes of a key");
        Self { key: LessSafeKey::new(key) }
    }

    /// Seals a value as text for cookies and JSON. `None` when the system has no random bytes.
    pub fn seal(&self, value: &impl Serialize) -> Option<Secret> {
        let plain = Zeroizing::new(serde_json::to_vec(value).ok()?);
        Some(Secret::new(URL_SAFE_NO_PAD.encode(self.seal_bytes(&plain, b"")?)))
    }

    /// Opens a text that was sealed here; `None` for anything else.
    pub fn open<T: DeserializeOwned>(&self, text: &str) -> Option<T> {
        if text.len() > MAX_TEXT {
            return None;
        }
        let plain = self.open_bytes(&URL_SAFE_NO_PAD.decode(text).ok()?, b"")?;
        serde_json::from_slice(&plain).ok()
    }

    /// Seals bytes for storage, which open only with the same `context`. `None` when the system has no random bytes.
    pub fn seal_bytes(&self, plain: &[u8], context: &[u8]) -> Option<Vec<u8>> {
        let mut nonce = [0; NONCE_LEN];
        aws_lc_rs::rand::fill(&mut nonce).ok()?;
        let mut body = Zeroizing::new(plain.to_vec());
        let tag = self
            .key
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(context), &mut body)
            .ok()?;
        Some([&nonce[..], &body, tag.as_ref()].concat())
    }

    /// Opens bytes that were sealed with this context; `None` for anything else.
    pub fn open_bytes(&self, sealed: &[u8], context: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, rest) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut body = Zeroizing::new(rest.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = self.key.open_in_place(nonce, Aad::from(context), &mut body).ok()?.len();
        body.truncate(length);
        Some(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealer(purpose: &str) -> Sealer {
        Sealer::new(b"a key of this installation, 256 bits", purpose)
    }

    #[test]
    fn a_value_opens_as_it_was_sealed_and_never_looks_the_same_twice() {
        let (one, other) = (sealer("a").seal(&("x", 1)).unwrap(), sealer("a").seal(&("x", 1)).unwrap());
        assert!(one != other);
        assert_eq!(sealer("a").open::<(String, i32)>(one.expose()), Some(("x".to_owned(), 1)));
    }

    #[test]
    fn another_purpose_another_key_and_another_context_open_nothing() {
        let text = sealer("a").seal(&"x").unwrap();
        assert!(sealer("b").open::<String>(text.expose()).is_none());
        assert!(Sealer::new(b"another installation", "a").open::<String>(text.expose()).is_none());
        let bytes = sealer("a").seal_bytes(b"x", b"here").unwrap();
        assert!(sealer("a").open_bytes(&bytes, b"there").is_none());
        assert_eq!(sealer("a").open_bytes(&bytes, b"here").unwrap().as_slice(), b"x");
    }

    #[test]
    fn a_text_that_was_cut_or_changed_in_any_place_does_not_open() {
        let text = sealer("a").seal(&"some value").unwrap().expose().to_owned();
        for length in 0..text.len() {
            assert!(sealer("a").open::<String>(&text[..length]).is_none(), "cut to {length}");
        }
        for position in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[position] = if bytes[position] == b'A' { b'B' } else { b'A' };
            assert!(sealer("a").open::<String>(std::str::from_utf8(&bytes).unwrap()).is_none(), "position {position}");
        }
        assert!(sealer("a").open::<String>(&"A".repeat(MAX_TEXT + 4)).is_none());
    }
}
