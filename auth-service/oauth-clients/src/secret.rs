//! Secrets of confidential clients.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use contracts::Secret;
use service_kit::secret_hash::SecretHash;

/// Prefix by which scanners for leaked secrets find ours.
const PREFIX: &str = "mqc_";
/// Random bytes of a secret.
const BYTES: usize = 32;

/// A secret of a confidential client, at rest.
#[derive(Debug, Clone)]
pub struct ClientSecret {
    /// Its hash.
    pub hash: SecretHash,
    /// End of a secret that was replaced.
    pub until: Option<DateTime<Utc>>,
}

/// A new secret, which is shown once.
#[derive(Debug)]
pub struct NewSecret {
    /// The secret: `mqc_` and 256 random bits.
    pub text: Secret,
    /// Its hash.
    pub hash: SecretHash,
}

/// The system gives no random bytes.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the system gives no random bytes")]
pub struct NoRandom;

impl NewSecret {
    /// Makes a secret.
    ///
    /// # Errors
    /// [`NoRandom`].
    pub fn generate() -> Result<Self, NoRandom> {
        let mut bytes = [0; BYTES];
        aws_lc_rs::rand::fill(&mut bytes).map_err(|_| NoRandom)?;
        let text = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes));
        Ok(Self { hash: SecretHash::of(&text), text: Secret::new(text) })
    }

    /// The secret at rest, without an end.
    pub fn at_rest(&self) -> ClientSecret {
        ClientSecret { hash: self.hash, until: None }
    }
}
