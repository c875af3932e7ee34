//! Sealed values: tokens that clients return unread and unchanged.
//!
//! AES-256-GCM (NIST SP 800-38D) with one derived key per purpose, so that a value of one purpose does not open for
//! another. The first byte identifies the key: the first configured key seals, all of them open, so that keys can be
//! rotated while values are in use. Nonces are random, which is safe for some four billion values per key; rotate
//! before that.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Overhead of sealing, in bytes: key id, nonce, tag.
const ADDED: usize = 1 + NONCE_LEN + 16;

/// Seals and opens values of one purpose.
pub struct Sealer(Vec<(u8, LessSafeKey)>);

impl Sealer {
    /// Derives keys for `purpose` from the secrets that all replicas share; the first one seals.
    ///
    /// # Panics
    /// Never: derived keys have the length of an AES-256 key.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a [u8]>, purpose: &str) -> Self {
        let key = |secret: &[u8]| {
            let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, secret));
            context.update(b"captcha sealed ");
            context.update(purpose.as_bytes());
            let derived = context.sign();
            let name = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()), b"name").as_ref()[0];
            let key = UnboundKey::new(&AES_256_GCM, derived.as_ref()).expect("SHA-256 gives the 32 bytes of a key");
            (name, LessSafeKey::new(key))
        };
        Self(secrets.into_iter().map(key).collect())
    }

    /// The sealed value as text, bound to `context`. Values of equal length give texts of equal length.
    pub fn seal(&self, value: &[u8], context: &[u8]) -> Option<String> {
        let (name, key) = self.0.first()?;
        let nonce: [u8; NONCE_LEN] = rand::random();
        let mut body = value.to_vec();
        let sealed = Nonce::assume_unique_for_key(nonce);
        let tag = key.seal_in_place_separate_tag(sealed, Aad::from(context), &mut body).ok()?;
        Some(URL_SAFE_NO_PAD.encode([&[*name][..], &nonce, &body, tag.as_ref()].concat()))
    }

    /// The value of `N` bytes in a text; `None` unless it was sealed for this purpose and context.
    pub fn open<const N: usize>(&self, text: &str, context: &[u8]) -> Option<[u8; N]> {
        if text.len() != ((N + ADDED) * 4).div_ceil(3) {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (name, rest) = bytes.split_first()?;
        let (nonce, body) = rest.split_first_chunk::<NONCE_LEN>()?;
        self.0.iter().filter(|(known, _)| known == name).find_map(|(_, key)| {
            let mut body = body.to_vec();
            let nonce = Nonce::assume_unique_for_key(*nonce);
            let value = key.open_in_place(nonce, Aad::from(context), &mut body).ok()?;
            <[u8; N]>::try_from(&*value).ok()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealer(secrets: &[&[u8]], purpose: &str) -> Sealer {
        Sealer::new(secrets.iter().copied(), purpose)
    }

    #[test]
    fn a_value_opens_with_its_key_purpose_and_context_only() {
        let text = sealer(&[b"one"], "picture").seal(b"value", b"here").unwrap();
        assert_eq!(
            sealer(&[b"two", b"one"], "picture").open(&text, b"here"),
            Some(*b"value"),
            "an older key still opens"
        );
        assert_eq!(sealer(&[b"two"], "picture").open::<5>(&text, b"here"), None);
        assert_eq!(sealer(&[b"one"], "pass").open::<5>(&text, b"here"), None);
        assert_eq!(sealer(&[b"one"], "picture").open::<5>(&text, b"there"), None);
        assert_eq!(sealer(&[b"one"], "picture").open::<6>(&text, b"here"), None);
    }

    #[test]
    fn a_text_that_was_cut_or_changed_in_any_place_does_not_open() {
        let sealer = sealer(&[b"one"], "picture");
        let text = sealer.seal(&[7; 20], b"").unwrap();
        for length in 0..text.len() {
            assert_eq!(sealer.open::<20>(&text[..length], b""), None, "cut to {length}");
        }
        for place in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
            assert_eq!(sealer.open::<20>(std::str::from_utf8(&bytes).unwrap(), b""), None, "place {place}");
        }
    }
}
