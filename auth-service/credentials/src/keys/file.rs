//! A signing key: a PKCS#8 file (RFC 8410) with its activation time as the name.

use std::path::PathBuf;
use std::{fmt, io};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, NaiveDateTime, Utc};
use contracts::auth::oauth::Jwk;
use jsonwebtoken::EncodingKey;
use token_verifier::VerificationKey;
use zeroize::Zeroizing;

const NAME_FORMAT: &str = "%Y%m%dT%H%M%SZ";
const PEM_BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const PEM_END: &str = "-----END PRIVATE KEY-----";

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
    /// The file is not an Ed25519 key in PKCS#8.
    #[error("{path} is not an Ed25519 private key in PKCS#8, PEM or DER")]
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

/// An Ed25519 key pair and its activation time.
#[derive(Clone)]
pub struct SigningKey {
    activates_at: DateTime<Utc>,
    public: [u8; 32],
    private_half: EncodingKey,
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
        let pair = Ed25519KeyPair::from_pkcs8(&der).ok()?;
        let public = <[u8; 32]>::try_from(pair.public_key().as_ref()).ok()?;
        Some(Self {
            activates_at,
            public,
            private_half: EncodingKey::from_ed_der(&der),
            public_half: VerificationKey::new(thumbprint(&public), &public),
        })
    }

    /// Key id: the thumbprint of the public key (RFC 7638, RFC 8037 appendix A.3).
    pub fn kid(&self) -> &str {
        self.public_half.kid()
    }

    /// Activation time; it signs until the next key is active.
    pub fn activates_at(&self) -> DateTime<Utc> {
        self.activates_at
    }

    /// The private half.
    pub(crate) fn private_half(&self) -> &EncodingKey {
        &self.private_half
    }

    /// The public half.
    pub fn public_half(&self) -> &VerificationKey {
        &self.public_half
    }

    /// The public half as a JWK.
    pub fn jwk(&self) -> Jwk {
        Jwk {
            kty: "OKP".into(),
            crv: "Ed25519".into(),
            kid: self.kid().to_owned(),
            key_use: "sig".into(),
            alg: "EdDSA".into(),
            x: URL_SAFE_NO_PAD.encode(self.public),
        }
    }
}

/// A new key as the text of its file. PKCS#8 version 1, which OpenSSL 3 reads too.
pub(super) fn new_pem() -> Result<Zeroizing<String>, KeyError> {
    let der = Ed25519KeyPair::generate_pkcs8v1(&SystemRandom::new()).map_err(|_| KeyError::NotMade)?;
    let body = Zeroizing::new(STANDARD.encode(der.as_ref()));
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

fn thumbprint(public: &[u8; 32]) -> String {
    let members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, URL_SAFE_NO_PAD.encode(public));
    URL_SAFE_NO_PAD.encode(digest(&SHA256, members.as_bytes()))
}

#[cfg(test)]
mod tests {
    use service_kit::{Clock as _, SystemClock};

    use super::*;

    #[test]
    fn the_thumbprint_is_that_of_rfc_8037() {
        let x = URL_SAFE_NO_PAD.decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
        assert_eq!(thumbprint(&x.try_into().unwrap()), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn a_key_made_by_openssl_is_read() {
        // The private key of RFC 8410 §10.3.
        let pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
                   -----END PRIVATE KEY-----\n";
        let key = SigningKey::read(pem.as_bytes(), SystemClock.now()).unwrap();
        let public = STANDARD.decode("Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=").unwrap();
        assert_eq!(key.jwk().x, URL_SAFE_NO_PAD.encode(public));
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
