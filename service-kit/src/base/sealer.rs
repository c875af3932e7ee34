//! Sealed values: given to clients or databases, and returned by them unread and unchanged.
//!
//! AES-256-GCM (NIST SP 800-38D). Each key is derived from a secret of the installation and the label of its purpose
//! (HMAC-SHA256), so that a value of one purpose opens for no other. A sealed value is `[key id] ‖ nonce ‖ ciphertext ‖
//! tag`; the key id, one byte, is there only with key rotation. Nonces are random, which is safe for about four billion
//! values of one key; rotate before that.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::{hmac, rand};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contracts::Secret;
use serde::{Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

/// Maximum length of a text.
const MAX_TEXT: usize = 4096;

/// Seals and opens values of one purpose.
pub struct Sealer(Vec<SealingKey>);

struct SealingKey {
    /// First byte of what the key seals; `None` without key rotation.
    id: Option<u8>,
    key: LessSafeKey,
}

impl Sealer {
    /// With one key, and no key id in sealed values. The label is a part of the format: values sealed with another one
    /// do not open.
    pub fn new(secret: &[u8], label: &str) -> Self {
        let key = SealingKey::new(&derive(secret, label), None);
        Self(vec![key])
    }

    /// With one key per secret: the first one seals, all of them open, so that secrets can be rotated while values are
    /// in use.
    pub fn with_rotation<'a>(secrets: impl IntoIterator<Item = &'a [u8]>, label: &str) -> Self {
        let key = |secret| {
            let derived = derive(secret, label);
            let id = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()), b"name").as_ref()[0];
            SealingKey::new(&derived, Some(id))
        };
        Self(secrets.into_iter().map(key).collect())
    }

    /// Seals a value as text for cookies and JSON. `None` when the system has no random bytes.
    pub fn seal(&self, value: &impl Serialize) -> Option<Secret> {
        let plain = Zeroizing::new(serde_json::to_vec(value).ok()?);
        self.seal_text(&plain, b"").map(Secret::new)
    }

    /// Opens a text made by [`seal`](Self::seal); `None` for anything else.
    pub fn open<T: DeserializeOwned>(&self, text: &str) -> Option<T> {
        serde_json::from_slice(&self.open_text(text, b"")?).ok()
    }

    /// Seals bytes as text, which opens only with the same `context`. Values of equal length give texts of equal
    /// length. `None` when the system has no random bytes.
    pub fn seal_text(&self, plain: &[u8], context: &[u8]) -> Option<String> {
        self.seal_bytes(plain, context).map(|sealed| URL_SAFE_NO_PAD.encode(sealed))
    }

    /// Opens a text of `N` bytes that was sealed with this context; `None` for anything else.
    pub fn open_array<const N: usize>(&self, text: &str, context: &[u8]) -> Option<[u8; N]> {
        self.open_text(text, context)?.as_slice().try_into().ok()
    }

    /// Seals bytes for storage, which open only with the same `context`. `None` when the system has no random bytes.
    pub fn seal_bytes(&self, plain: &[u8], context: &[u8]) -> Option<Vec<u8>> {
        let SealingKey { id, key } = self.0.first()?;
        let mut nonce = [0; NONCE_LEN];
        rand::fill(&mut nonce).ok()?;
        let mut body = Zeroizing::new(plain.to_vec());
        let unique = Nonce::assume_unique_for_key(nonce);
        let tag = key.seal_in_place_separate_tag(unique, Aad::from(context), &mut body).ok()?;
        Some([id.as_slice(), &nonce, &body, tag.as_ref()].concat())
    }

    /// Opens bytes that were sealed with this context; `None` for anything else.
    pub fn open_bytes(&self, sealed: &[u8], context: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        self.0.iter().find_map(|key| key.open(sealed, context))
    }

    fn open_text(&self, text: &str, context: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        if text.len() > MAX_TEXT {
            return None;
        }
        self.open_bytes(&URL_SAFE_NO_PAD.decode(text).ok()?, context)
    }
}

impl SealingKey {
    fn new(derived: &hmac::Tag, id: Option<u8>) -> Self {
        let key = UnboundKey::new(&AES_256_GCM, derived.as_ref()).expect("SHA-256 gives the 32 bytes of a key");
        Self { id, key: LessSafeKey::new(key) }
    }

    fn open(&self, sealed: &[u8], context: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, rest) = sealed.strip_prefix(self.id.as_slice())?.split_first_chunk::<NONCE_LEN>()?;
        let mut body = Zeroizing::new(rest.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = self.key.open_in_place(nonce, Aad::from(context), &mut body).ok()?.len();
        body.truncate(length);
        Some(body)
    }
}

fn derive(secret: &[u8], label: &str) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), label.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"a key of this installation, 256 bits";

    fn sealers(label: &str) -> [Sealer; 2] {
        [Sealer::new(SECRET, label), Sealer::with_rotation([SECRET], label)]
    }

    #[test]
    fn a_value_opens_as_it_was_sealed_and_never_looks_the_same_twice() {
        for sealer in sealers("a") {
            let (one, other) = (sealer.seal(&("x", 1)).unwrap(), sealer.seal(&("x", 1)).unwrap());
            assert!(one != other);
            assert_eq!(sealer.open::<(String, i32)>(one.expose()), Some(("x".to_owned(), 1)));
        }
    }

    #[test]
    fn another_label_another_secret_and_another_context_open_nothing() {
        for (sealer, [plain, rotating]) in sealers("a").into_iter().zip([sealers("b"), sealers("b")]) {
            let sealed = sealer.seal_bytes(b"x", b"here").unwrap();
            let stranger = Sealer::with_rotation([&b"another installation"[..]], "a");
            for other in [plain, rotating, stranger, Sealer::new(b"another installation", "a")] {
                assert!(other.open_bytes(&sealed, b"here").is_none());
            }
            assert!(sealer.open_bytes(&sealed, b"there").is_none());
            assert_eq!(sealer.open_bytes(&sealed, b"here").unwrap().as_slice(), b"x");
        }
    }

    #[test]
    fn an_older_secret_opens_and_the_first_one_seals() {
        let sealer = |secrets: &[&'static [u8]]| Sealer::with_rotation(secrets.iter().copied(), "picture");
        let text = sealer(&[b"one"]).seal_text(b"value", b"here").unwrap();
        assert_eq!(sealer(&[b"two", b"one"]).open_array(&text, b"here"), Some(*b"value"));
        assert_eq!(sealer(&[b"two"]).open_array::<5>(&text, b"here"), None);
        assert_eq!(sealer(&[b"one"]).open_array::<6>(&text, b"here"), None);
        let text = sealer(&[b"two", b"one"]).seal_text(b"value", b"").unwrap();
        assert_eq!(sealer(&[b"two"]).open_array(&text, b""), Some(*b"value"));
        assert!(sealer(&[]).seal_text(b"value", b"").is_none(), "there is no key");
    }

    #[test]
    fn a_text_that_was_cut_or_changed_in_any_place_does_not_open() {
        for sealer in sealers("a") {
            let text = sealer.seal(&"some value").unwrap().expose().to_owned();
            for length in 0..text.len() {
                assert!(sealer.open::<String>(&text[..length]).is_none(), "cut to {length}");
            }
            for position in 0..text.len() {
                let mut bytes = text.clone().into_bytes();
                bytes[position] = if bytes[position] == b'A' { b'B' } else { b'A' };
                assert!(sealer.open::<String>(std::str::from_utf8(&bytes).unwrap()).is_none(), "position {position}");
            }
            assert!(sealer.open::<String>(&"A".repeat(MAX_TEXT + 4)).is_none());
        }
    }
}
