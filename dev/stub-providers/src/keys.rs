//! Valid and invalid signatures of ID tokens.

use std::sync::OnceLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair,
    Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384,
    RSA_PSS_SHA512, RsaEncoding,
};
use aws_lc_rs::{digest, hmac};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// Signature of ID tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Signing {
    /// RSA with SHA-256, the usual one.
    #[default]
    Rs256,
    /// RSA with SHA-384.
    Rs384,
    /// RSA with SHA-512.
    Rs512,
    /// RSA-PSS.
    Ps256,
    /// RSA-PSS with SHA-384.
    Ps384,
    /// RSA-PSS with SHA-512.
    Ps512,
    /// ECDSA on P-256.
    Es256,
    /// ECDSA on P-384.
    Es384,
    /// ECDSA on P-521.
    Es512,
    /// Ed25519 under its old name.
    EdDsa,
    /// Ed25519 under the name of RFC 9864.
    Ed25519,
    /// RSA, with an `alg` of no specification.
    Foreign,
    /// No signature.
    None,
    /// HMAC with the public key as the secret.
    Hs256WithPublicKey,
    /// Valid, by an unpublished key.
    UnknownKey,
    /// By another key with the `kid` of the published one.
    WrongKey,
}

impl Signing {
    /// All valid algorithms for ID tokens that this stub supports.
    pub const GOOD: [Self; 11] = [
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::Es512,
        Self::EdDsa,
        Self::Ed25519,
    ];

    /// Value of `alg`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rs256 | Self::UnknownKey | Self::WrongKey => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
            Self::EdDsa => "EdDSA",
            Self::Ed25519 => "Ed25519",
            Self::Foreign => "RS1024",
            Self::None => "none",
            Self::Hs256WithPublicKey => "HS256",
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::Ps256 | Self::Ps384 | Self::Ps512 | Self::Rs384 | Self::Rs512 => "rsa",
            Self::Es256 => "es256",
            Self::Es384 => "es384",
            Self::Es512 => "es512",
            Self::EdDsa => "eddsa",
            Self::Ed25519 => "ed25519",
            _ => "rs256",
        }
    }
}

struct Keys {
    rsa: RsaKeyPair,
    other: RsaKeyPair,
    ec: EcdsaKeyPair,
    p384: EcdsaKeyPair,
    p521: EcdsaKeyPair,
    ed: Ed25519KeyPair,
}

/// Generated once per process, because this is slow.
fn keys() -> &'static Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(|| {
        let rsa = || RsaKeyPair::generate(KeySize::Rsa2048).expect("an RSA key");
        Keys {
            rsa: rsa(),
            other: rsa(),
            ec: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("an EC key"),
            p384: EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).expect("an EC key"),
            p521: EcdsaKeyPair::generate(&ECDSA_P521_SHA512_FIXED_SIGNING).expect("an EC key"),
            ed: Ed25519KeyPair::generate().expect("an Ed25519 key"),
        }
    })
}

/// The published keys; `generation` is part of their `kid`.
pub(crate) fn published(generation: u32) -> Value {
    let keys = keys();
    let (modulus, exponent) = rsa_parts(keys.rsa.public_key().as_ref());
    let ed = encoded(keys.ed.public_key().as_ref());
    json!({ "keys": [
        "no key at all",
        { "kty": "oct", "kid": "not-for-signing", "k": "AAAA" },
        { "kty": "FUTURE", "kid": "not-known-yet", "crv": "X9" },
        { "kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid("rs256", generation), "n": encoded(modulus), "e": encoded(exponent) },
        { "kty": "RSA", "use": 7, "x5c": 7, "kid": kid("rsa", generation), "n": encoded(modulus), "e": encoded(exponent) },
        curve("P-256", "es256", &keys.ec, generation),
        curve("P-384", "es384", &keys.p384, generation),
        curve("P-521", "es512", &keys.p521, generation),
        { "kty": "OKP", "crv": "Ed25519", "kid": kid("eddsa", generation), "x": ed },
        { "kty": "OKP", "crv": "Ed25519", "alg": "Ed25519", "kid": kid("ed25519", generation), "x": ed },
    ]})
}

fn curve(crv: &str, name: &str, key: &EcdsaKeyPair, generation: u32) -> Value {
    let point = &key.public_key().as_ref()[1..];
    let (x, y) = point.split_at(point.len() / 2);
    json!({ "kty": "EC", "crv": crv, "kid": kid(name, generation), "x": encoded(x), "y": encoded(y) })
}

/// A token with these claims.
pub(crate) fn sign(claims: &Value, how: Signing, generation: u32) -> String {
    let kid = match how {
        Signing::UnknownKey => "of-somebody-else".to_owned(),
        _ => kid(how.key(), generation),
    };
    let header = json!({ "alg": how.name(), "kid": kid, "typ": "JWT" });
    let message = format!("{}.{}", encoded(header.to_string().as_bytes()), encoded(claims.to_string().as_bytes()));
    let keys = keys();
    let signature = match how {
        Signing::Rs256 | Signing::Foreign => rsa(&keys.rsa, &RSA_PKCS1_SHA256, &message),
        Signing::Rs384 => rsa(&keys.rsa, &RSA_PKCS1_SHA384, &message),
        Signing::Rs512 => rsa(&keys.rsa, &RSA_PKCS1_SHA512, &message),
        Signing::Ps256 => rsa(&keys.rsa, &RSA_PSS_SHA256, &message),
        Signing::Ps384 => rsa(&keys.rsa, &RSA_PSS_SHA384, &message),
        Signing::Ps512 => rsa(&keys.rsa, &RSA_PSS_SHA512, &message),
        Signing::UnknownKey | Signing::WrongKey => rsa(&keys.other, &RSA_PKCS1_SHA256, &message),
        Signing::Es256 => ecdsa(&keys.ec, &message),
        Signing::Es384 => ecdsa(&keys.p384, &message),
        Signing::Es512 => ecdsa(&keys.p521, &message),
        Signing::EdDsa | Signing::Ed25519 => keys.ed.sign(message.as_bytes()).as_ref().to_vec(),
        Signing::None => Vec::new(),
        Signing::Hs256WithPublicKey => {
            let key = hmac::Key::new(hmac::HMAC_SHA256, keys.rsa.public_key().as_ref());
            hmac::sign(&key, message.as_bytes()).as_ref().to_vec()
        }
    };
    format!("{message}.{}", encoded(&signature))
}

fn ecdsa(key: &EcdsaKeyPair, message: &str) -> Vec<u8> {
    key.sign(&SystemRandom::new(), message.as_bytes()).expect("a signature").as_ref().to_vec()
}

fn rsa(key: &RsaKeyPair, padding: &'static dyn RsaEncoding, message: &str) -> Vec<u8> {
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(padding, &SystemRandom::new(), message.as_bytes(), &mut signature).expect("a signature");
    signature
}

/// Claim `at_hash` of an access token.
pub(crate) fn half_hash(how: Signing, token: &str) -> String {
    let hash = match how {
        Signing::Rs384 | Signing::Ps384 | Signing::Es384 => &digest::SHA384,
        Signing::Rs512 | Signing::Ps512 | Signing::Es512 | Signing::EdDsa | Signing::Ed25519 => &digest::SHA512,
        _ => &digest::SHA256,
    };
    let whole = digest::digest(hash, token.as_bytes());
    encoded(&whole.as_ref()[..whole.as_ref().len() / 2])
}

/// The challenge of a PKCE verifier.
pub(crate) fn challenge(verifier: &str) -> String {
    encoded(digest::digest(&digest::SHA256, verifier.as_bytes()).as_ref())
}

fn kid(name: &str, generation: u32) -> String {
    format!("stub-{name}-{generation}")
}

fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Modulus and exponent of an `RSAPublicKey` (RFC 8017 A.1.1): a sequence of two integers.
fn rsa_parts(der: &[u8]) -> (&[u8], &[u8]) {
    fn value(der: &[u8]) -> (&[u8], &[u8]) {
        let (length, begin) = match der[1] {
            short @ 0..=127 => (usize::from(short), 2),
            long => {
                let count = usize::from(long & 0x7f);
                (der[2..2 + count].iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), 2 + count)
            }
        };
        der[begin..].split_at(length)
    }
    let (sequence, _) = value(der);
    let (modulus, rest) = value(sequence);
    let (exponent, _) = value(rest);
    (modulus.strip_prefix(&[0]).unwrap_or(modulus), exponent)
}
