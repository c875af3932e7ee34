//! A signing key: a PKCS#8 file (RFC 5958) with its activation time as the name.

use std::path::PathBuf;
use std::sync::Arc;
use std::{fmt, io};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, NaiveDateTime, Utc};
use contracts::auth::oauth::Jwk;
use token_verifier::{TokenAlgorithm, VerificationKey};
use zeroize::Zeroizing;

use super::pair::KeyPair;

const NAME_FORMAT: &str = "%Y%m%dT%H%M%SZ";
const PEM_BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const PEM_END: &str = "-----END PRIVATE KEY-----";
/// Length of a line (RFC 7468 §2).
const LINE: usize = 64;

/// Errors of keys.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The folder or a file in it cannot be read or written.
    #[error("cannot use {path}")]
    Io {
        /// Path of the folder or file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The file is not a key in PKCS#8, or one of another type or size.
    #[error("{path} is not a private key of RSA (2048 bits or more), P-256 or Ed25519 in PKCS#8, PEM or DER")]
    NotAKey {
        /// Path of the file.
        path: PathBuf,
    },
    /// No key is active.
    #[error("there is no active signing key in {folder}; create one with `auth-service create-key`")]
    NoKey {
        /// Path of the folder.
        folder: PathBuf,
    },
    /// The system could not create a key.
    #[error("a key could not be made")]
    NotMade,
}

/// A key pair and its activation time.
#[derive(Clone)]
pub struct SigningKey {
    activates_at: DateTime<Utc>,
    pair: Arc<KeyPair>,
    jwk: Jwk,
    public_half: VerificationKey,
}

/// The private half is never printed.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.kid()).field("activates_at", &self.activates_at).finish()
    }
}

impl SigningKey {
    /// Parses the contents of a key file; `None` when they are not a key.
    pub fn read(contents: &[u8], activates_at: DateTime<Utc>) -> Option<Self> {
        let der = match std::str::from_utf8(contents) {
            Ok(text) if text.trim_start().starts_with(PEM_BEGIN) => pem_to_der(text)?,
            _ => Zeroizing::new(contents.to_vec()),
        };
        let pair = KeyPair::read(&der)?;
        let jwk = pair.jwk();
        let public_half = VerificationKey::from_jwk(&jwk)?;
        Some(Self { activates_at, pair: Arc::new(pair), jwk, public_half })
    }

    /// Key id: the thumbprint of the public key (RFC 7638).
    pub fn kid(&self) -> &str {
        self.public_half.kid()
    }

    /// Activation time; it signs until the next key is active.
    pub fn activates_at(&self) -> DateTime<Utc> {
        self.activates_at
    }

    /// The algorithm of its signatures.
    pub fn algorithm(&self) -> TokenAlgorithm {
        self.public_half.algorithm()
    }

    /// Signs `message`.
    ///
    /// # Errors
    /// When the system has no random bytes.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.pair.sign(message).map_err(|_| KeyError::NotMade)
    }

    /// The public half.
    pub fn public_half(&self) -> &VerificationKey {
        &self.public_half
    }

    /// The public half as a JWK.
    pub fn jwk(&self) -> &Jwk {
        &self.jwk
    }
}

/// A new key as the text of its file.
pub(super) fn new_pem(algorithm: TokenAlgorithm) -> Result<Zeroizing<String>, KeyError> {
    let der = KeyPair::generate(algorithm).map_err(|_| KeyError::NotMade)?;
    let mut body = Zeroizing::new(STANDARD.encode(&*der));
    // From the end, so that earlier places stay what they are.
    for end in (LINE..body.len()).step_by(LINE).rev() {
        body.insert(end, '\n');
    }
    Ok(Zeroizing::new(format!("{PEM_BEGIN}\n{}\n{PEM_END}\n", *body)))
}

/// File stem of a key that is activated at `at`: `20261122T133700Z`.
pub(super) fn name_of(at: DateTime<Utc>) -> String {
    at.format(NAME_FORMAT).to_string()
}

/// The time in a file's stem.
pub(super) fn time_in(stem: &str) -> Option<DateTime<Utc>> {
    NaiveDateTime::parse_from_str(stem, NAME_FORMAT).ok().map(|time| time.and_utc())
}

fn pem_to_der(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let (_, rest) = text.split_once(PEM_BEGIN)?;
    let (body, _) = rest.split_once(PEM_END)?;
    let compact: Zeroizing<String> = Zeroizing::new(body.chars().filter(|c| !c.is_whitespace()).collect());
    STANDARD.decode(compact.as_bytes()).ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use service_kit::{Clock as _, SystemClock};

    use super::*;

    #[test]
    fn a_key_made_by_openssl_is_read() {
        // The private key of RFC 8410 §10.3.
        let pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
                   -----END PRIVATE KEY-----\n";
        let key = SigningKey::read(pem.as_bytes(), SystemClock.now()).unwrap();
        let public = STANDARD.decode("Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=").unwrap();
        assert_eq!(key.jwk().x.as_deref(), Some(&*URL_SAFE_NO_PAD.encode(public)));
    }

    #[test]
    fn other_files_are_no_keys() {
        for contents in [&b""[..], b"-----BEGIN PRIVATE KEY-----", b"hello", &[0; 48]] {
            assert!(SigningKey::read(contents, SystemClock.now()).is_none());
        }
    }

    #[test]
    fn the_name_of_a_key_is_its_activation_time() {
        let at = time_in("20261122T133700Z").unwrap();
        assert_eq!(at.to_rfc3339(), "2026-11-22T13:37:00+00:00");
        assert_eq!(name_of(at), "20261122T133700Z");
        assert!(time_in("refresh").is_none());
    }
}
