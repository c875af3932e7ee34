//! A key pair of any supported algorithm: made, read from PKCS#8, signing.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contracts::auth::oauth::Jwk;
use token_verifier::TokenAlgorithm;
use zeroize::Zeroizing;

/// Length of a coordinate of P-256 in bytes.
const COORDINATE: usize = 32;

/// Private and public half. The type of the key decides the algorithm.
pub(super) enum KeyPair {
    /// RS256; 2,048 to 8,192 bits.
    Rsa(RsaKeyPair),
    /// ES256.
    P256(EcdsaKeyPair),
    /// EdDSA.
    Ed25519(Ed25519KeyPair),
}

impl KeyPair {
    /// A new key pair as PKCS#8, version 1, which OpenSSL 3 reads too. RSA keys have 2,048 bits.
    pub(super) fn generate(algorithm: TokenAlgorithm) -> Result<Zeroizing<Vec<u8>>, Unspecified> {
        let random = SystemRandom::new();
        let der = match algorithm {
            TokenAlgorithm::Rs256 => {
                let pair = RsaKeyPair::generate(KeySize::Rsa2048)?;
                let der: Pkcs8V1Der<'_> = pair.as_der()?;
                der.as_ref().to_vec()
            }
            TokenAlgorithm::Es256 => {
                EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random)?.as_ref().to_vec()
            }
            TokenAlgorithm::EdDsa => Ed25519KeyPair::generate_pkcs8v1(&random)?.as_ref().to_vec(),
        };
        Ok(Zeroizing::new(der))
    }

    /// Reads PKCS#8; `None` for a key of another type, or of another size.
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        if let Ok(pair) = Ed25519KeyPair::from_pkcs8(der) {
            return Some(Self::Ed25519(pair));
        }
        if let Ok(pair) = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der) {
            return Some(Self::P256(pair));
        }
        RsaKeyPair::from_pkcs8(der).ok().map(Self::Rsa)
    }

    pub(super) fn algorithm(&self) -> TokenAlgorithm {
        match self {
            Self::Rsa(_) => TokenAlgorithm::Rs256,
            Self::P256(_) => TokenAlgorithm::Es256,
            Self::Ed25519(_) => TokenAlgorithm::EdDsa,
        }
    }

    /// Signs in the form of RFC 7518 §3.3 and §3.4 and RFC 8037 §3.1.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)?;
                Ok(signature)
            }
            Self::P256(pair) => Ok(pair.sign(&random, message)?.as_ref().to_vec()),
            Self::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
        }
    }

    /// The public half. Its id is its thumbprint (RFC 7638; RFC 8037 appendix A.3).
    pub(super) fn jwk(&self) -> Jwk {
        let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let mut jwk = Jwk { key_use: "sig".into(), alg: self.algorithm().as_str().into(), ..Jwk::default() };
        match self {
            Self::Rsa(pair) => {
                let public = pair.public_key();
                let (modulus, exponent) = (public.modulus(), public.exponent());
                jwk.kty = "RSA".into();
                jwk.n = Some(part(modulus.big_endian_without_leading_zero()));
                jwk.e = Some(part(exponent.big_endian_without_leading_zero()));
            }
            Self::P256(pair) => {
                // 4, then both coordinates (SEC 1, 2.3.3).
                let point = pair.public_key().as_ref();
                let (x, y) = point.get(1..).unwrap_or_default().split_at_checked(COORDINATE).unwrap_or_default();
                (jwk.kty, jwk.crv, jwk.x, jwk.y) = ("EC".into(), Some("P-256".into()), Some(part(x)), Some(part(y)));
            }
            Self::Ed25519(pair) => {
                let public = part(pair.public_key().as_ref());
                (jwk.kty, jwk.crv, jwk.x) = ("OKP".into(), Some("Ed25519".into()), Some(public));
            }
        }
        jwk.kid = thumbprint(&jwk);
        jwk
    }
}

/// SHA-256 of the members that make a public key, in alphabetical order.
fn thumbprint(jwk: &Jwk) -> String {
    let members = [
        ("crv", &jwk.crv),
        ("e", &jwk.e),
        ("kty", &Some(jwk.kty.clone())),
        ("n", &jwk.n),
        ("x", &jwk.x),
        ("y", &jwk.y),
    ];
    let present: Vec<String> =
        members.iter().filter_map(|(name, value)| Some(format!(r#""{name}":"{}""#, value.as_deref()?))).collect();
    URL_SAFE_NO_PAD.encode(digest(&SHA256, format!("{{{}}}", present.join(",")).as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thumbprints_are_those_of_the_standards() {
        let text = |text: &str| Some(text.to_owned());
        // RFC 8037, appendix A.3.
        let ed25519 = Jwk {
            kty: "OKP".into(),
            crv: text("Ed25519"),
            x: text("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"),
            ..Jwk::default()
        };
        assert_eq!(thumbprint(&ed25519), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        // RFC 7638, section 3.1.
        let modulus = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZ\
                       CiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJ\
                       ZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBn\
                       iIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let rsa = Jwk { kty: "RSA".into(), n: text(modulus), e: text("AQAB"), ..Jwk::default() };
        assert_eq!(thumbprint(&rsa), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn a_key_is_read_as_it_was_made_and_its_type_decides_the_algorithm() {
        for algorithm in TokenAlgorithm::ALL {
            let der = KeyPair::generate(algorithm).unwrap();
            let pair = KeyPair::read(&der).unwrap();
            assert_eq!(pair.algorithm(), algorithm);
            assert_eq!(pair.jwk(), KeyPair::read(&der).unwrap().jwk());
            let key = token_verifier::VerificationKey::from_jwk(&pair.jwk()).unwrap();
            assert_eq!((key.kid(), key.algorithm()), (&*pair.jwk().kid, algorithm));
        }
    }

    #[test]
    fn keys_of_other_types_and_sizes_are_none() {
        use aws_lc_rs::signature::ECDSA_P384_SHA384_FIXED_SIGNING;
        let curve = EcdsaKeyPair::generate_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, &SystemRandom::new()).unwrap();
        assert!(KeyPair::read(curve.as_ref()).is_none());
        for der in [&[][..], &[0x30, 0x00], &[0; 2048]] {
            assert!(KeyPair::read(der).is_none());
        }
    }
}
