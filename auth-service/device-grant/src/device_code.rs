//! The code with which a device polls.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contracts::Secret;
use service_kit::secret_hash::SecretHash;

use crate::random::{NoRandom, random};

const PREFIX: &str = "mqd_";
/// Random bytes of a code.
const BYTES: usize = 32;

/// A device code: `mqd_` and 256 random bits. Only its hash is stored.
#[derive(Debug, Clone)]
pub struct DeviceCode(Secret);

impl DeviceCode {
    /// Makes a code.
    ///
    /// # Errors
    /// [`NoRandom`].
    pub fn generate() -> Result<Self, NoRandom> {
        let text = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random::<BYTES>()?));
        Ok(Self(Secret::new(text)))
    }

    /// Reads a code; `None` for a text that was never one.
    pub fn parse(text: &Secret) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text.expose().strip_prefix(PREFIX)?).ok()?;
        (bytes.len() == BYTES).then(|| Self(text.clone()))
    }

    /// The code, for its device.
    pub fn text(&self) -> &Secret {
        &self.0
    }

    /// Its stored hash.
    pub fn hash(&self) -> SecretHash {
        SecretHash::of(self.0.expose())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_it_was_made_and_nothing_else_is() {
        let code = DeviceCode::generate().unwrap();
        let text = code.text().expose().to_owned();
        assert_eq!(text.len(), 47);
        let read = DeviceCode::parse(&Secret::new(text.clone())).unwrap();
        assert_eq!(read.hash().as_bytes(), code.hash().as_bytes());
        assert_ne!(DeviceCode::generate().unwrap().text().expose(), text);
        for other in ["", "mqd_", &text[4..], &text[..46], &format!("{text}A"), &text.replace("mqd_", "mqr_")] {
            assert!(DeviceCode::parse(&Secret::new(other)).is_none(), "{other}");
        }
    }
}
