//! Signing ID tokens, well and badly.

use std::sync::OnceLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
    RsaEncoding,
};
use aws_lc_rs::{digest, hmac};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// How ID tokens are signed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Signing {
    /// RSA, as everybody does.
    #[default]
    Rs256,
    /// RSA-PSS.
    Ps256,
    /// ECDSA on P-256.
    Es256,
    /// Ed25519.
    EdDsa,
    /// Not at all.
    None,
    /// With the public key as a shared secret.
    Hs256WithPublicKey,
    /// Well, by a key that is published nowhere.
    UnknownKey,
    /// By another key under the name of the published one.
    WrongKey,
}

struct Keys {
    rsa: RsaKeyPair,
    other: RsaKeyPair,
    ec: EcdsaKeyPair,
    ed: Ed25519KeyPair,
}

/// Made once for the process: they take a while.
fn keys() -> &'static Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(|| {
        let rsa = || RsaKeyPair::generate(KeySize::Rsa2048).expect("an RSA key");
        Keys {
            rsa: rsa(),
            other: rsa(),
            ec: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("an EC key"),
            ed: Ed25519KeyPair::generate().expect("an Ed25519 key"),
        }
    })
}

/// The published keys; `generation` is in their names.
pub(crate) fn published(generation: u32) -> Value {
    let keys = keys();
    let (modulus, exponent) = rsa_parts(keys.rsa.public_key().as_ref());
    let point = keys.ec.public_key().as_ref();
    let (x, y) = point[1..].split_at(32);
    json!({ "keys": [
        { "kty": "oct", "kid": "not-for-signing", "k": "AAAA" },
        { "kty": "FUTURE", "kid": "not-known-yet", "crv": "X9" },
        { "kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid("rs256", generation), "n": encoded(modulus), "e": encoded(exponent) },
        { "kty": "RSA", "use": "sig", "kid": kid("ps256", generation), "n": encoded(modulus), "e": encoded(exponent) },
        { "kty": "EC", "crv": "P-256", "kid": kid("es256", generation), "x": encoded(x), "y": encoded(y) },
        { "kty": "OKP", "crv": "Ed25519", "kid": kid("eddsa", generation), "x": encoded(keys.ed.public_key().as_ref()) },
    ]})
}

/// A token with these claims.
pub(crate) fn sign(claims: &Value, how: Signing, generation: u32) -> String {
    let (algorithm, kid) = match how {
        Signing::Rs256 | Signing::WrongKey => ("RS256", kid("rs256", generation)),
        Signing::Ps256 => ("PS256", kid("ps256", generation)),
        Signing::Es256 => ("ES256", kid("es256", generation)),
        Signing::EdDsa => ("EdDSA", kid("eddsa", generation)),
        Signing::None => ("none", kid("rs256", generation)),
        Signing::Hs256WithPublicKey => ("HS256", kid("rs256", generation)),
        Signing::UnknownKey => ("RS256", "of-somebody-else".to_owned()),
    };
    let header = json!({ "alg": algorithm, "kid": kid, "typ": "JWT" });
    let message = format!("{}.{}", encoded(header.to_string().as_bytes()), encoded(claims.to_string().as_bytes()));
    let keys = keys();
    let signature = match how {
        Signing::Rs256 => rsa(&keys.rsa, &RSA_PKCS1_SHA256, &message),
        Signing::Ps256 => rsa(&keys.rsa, &RSA_PSS_SHA256, &message),
        Signing::UnknownKey | Signing::WrongKey => rsa(&keys.other, &RSA_PKCS1_SHA256, &message),
        Signing::Es256 => {
            keys.ec.sign(&SystemRandom::new(), message.as_bytes()).expect("a signature").as_ref().to_vec()
        }
        Signing::EdDsa => keys.ed.sign(message.as_bytes()).as_ref().to_vec(),
        Signing::None => Vec::new(),
        Signing::Hs256WithPublicKey => {
            let key = hmac::Key::new(hmac::HMAC_SHA256, keys.rsa.public_key().as_ref());
            hmac::sign(&key, message.as_bytes()).as_ref().to_vec()
        }
    };
    format!("{message}.{}", encoded(&signature))
}

fn rsa(key: &RsaKeyPair, padding: &'static dyn RsaEncoding, message: &str) -> Vec<u8> {
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(padding, &SystemRandom::new(), message.as_bytes(), &mut signature).expect("a signature");
    signature
}

/// Claim `at_hash` of an access token.
pub(crate) fn half_hash(how: Signing, token: &str) -> String {
    let hash = if how == Signing::EdDsa { &digest::SHA512 } else { &digest::SHA256 };
    let whole = digest::digest(hash, token.as_bytes());
    encoded(&whole.as_ref()[..whole.as_ref().len() / 2])
}

/// The challenge that belongs to a PKCE verifier.
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
