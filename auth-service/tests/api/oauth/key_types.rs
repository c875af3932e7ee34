//! Signing keys of each type: the key decides the algorithm, and a token with another one is refused.

use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384,
    RSA_PKCS1_SHA512, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair, UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use contracts::auth::oauth::Jwk;
use credentials::keys::KeyFolder;
use jsonwebtoken::crypto::sign;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Validation, decode, decode_header, jwk::JwkSet};
use serde_json::{Value, json};
use service_kit::Clock;
use token_verifier::TokenAlgorithm;

use crate::app::{SignedIn, TestApp};
use crate::forged_tokens::{part, ring};

/// An installation with a key of this type; the former one is of Ed25519.
async fn installation(algorithm: TokenAlgorithm) -> TestApp {
    let app = TestApp::start().await;
    change_key(&app, algorithm);
    app
}

/// Makes another key, which signs from now on.
fn change_key(app: &TestApp, algorithm: TokenAlgorithm) {
    let next = app.home.clock.now() + TimeDelta::seconds(1);
    KeyFolder::new(app.home.key_dir()).create(algorithm, next).unwrap();
    app.state().access_tokens.keys().reload();
    app.advance(Duration::from_secs(1));
}

async fn published(app: &TestApp) -> Value {
    app.get("/.well-known/jwks.json").send().await.assert_status(200)
}

fn key_of(app: &TestApp, tokens: &SignedIn) -> Jwk {
    let kid = decode_header(&tokens.access).unwrap().kid.unwrap();
    ring(app).jwks().keys.into_iter().find(|key| key.kid == kid).unwrap()
}

#[tokio::test]
async fn a_library_verifies_tokens_of_each_type_with_the_published_key_alone() {
    for (algorithm, library, members) in [
        (TokenAlgorithm::Rs256, Algorithm::RS256, &["alg", "e", "kid", "kty", "n", "use"][..]),
        (TokenAlgorithm::Es256, Algorithm::ES256, &["alg", "crv", "kid", "kty", "use", "x", "y"]),
        (TokenAlgorithm::EdDsa, Algorithm::EdDSA, &["alg", "crv", "kid", "kty", "use", "x"]),
    ] {
        let app = installation(algorithm).await;
        let user = app.user().await;
        let tokens = app.signed_in(&user).await;
        let set = published(&app).await;
        assert_eq!(set["keys"][0].as_object().unwrap().keys().collect::<Vec<_>>(), members, "and nothing private");
        let set: JwkSet = serde_json::from_value(set).unwrap();
        let header = decode_header(&tokens.access).unwrap();
        assert_eq!((header.alg, header.typ.as_deref()), (library, Some("at+jwt")));
        let key = DecodingKey::from_jwk(set.find(&header.kid.unwrap()).unwrap()).unwrap();
        let mut validation = Validation::new(library);
        validation.set_audience(&["marquee"]);
        validation.set_issuer(&["http://auth.test"]);
        assert_eq!(decode::<Value>(&tokens.access, &key, &validation).unwrap().claims["sub"], user.id);
        assert!(app.is_active(&tokens.access).await);
        app.me(&tokens.access).await.assert_status(200);
    }
}

#[tokio::test]
async fn tokens_of_a_former_key_of_another_type_are_valid_until_they_expire() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let old = app.signed_in(&user).await;
    change_key(&app, TokenAlgorithm::Rs256);
    let new = app.signed_in(&user).await;
    assert_eq!(part(&old.access, 0)["alg"], "EdDSA");
    assert_eq!(part(&new.access, 0)["alg"], "RS256");
    assert!(app.is_active(&old.access).await && app.is_active(&new.access).await);
    assert_eq!(published(&app).await["keys"].as_array().unwrap().len(), 2);
    app.advance(Duration::from_secs(599));
    assert!(!app.is_active(&old.access).await, "ten minutes after its issue");
    assert!(app.is_active(&new.access).await);
}

#[tokio::test]
async fn the_public_key_of_rsa_is_no_secret_of_another_algorithm() {
    let app = installation(TokenAlgorithm::Rs256).await;
    let tokens = app.signed_in(&app.user().await).await;
    let key = key_of(&app, &tokens);
    let number = |text: &Option<String>| URL_SAFE_NO_PAD.decode(text.as_ref().unwrap()).unwrap();
    let (der, spki) = public_der(&number(&key.n), &number(&key.e));
    let pem = |label: &str, der: &[u8]| {
        let body = STANDARD.encode(der);
        let lines: Vec<_> = body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
    };
    let (public, pkcs1) = (pem("PUBLIC KEY", &spki), pem("RSA PUBLIC KEY", &der));
    let (signed, signature) = tokens.access.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    for der in [&der, &spki] {
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der);
        key.verify(signed.as_bytes(), &signature).expect("it is the public key");
    }
    let secrets: [(&str, Vec<u8>); 8] = [
        ("PEM", public.clone().into()),
        ("PEM without its last line feed", public.trim_end().into()),
        ("PEM of PKCS#1", pkcs1.into()),
        ("DER", spki),
        ("DER of PKCS#1", der),
        ("the modulus", number(&key.n)),
        ("member n", key.n.clone().unwrap().into()),
        ("the JWK", serde_json::to_vec(&key).unwrap()),
    ];
    let claims = part(&tokens.access, 1).to_string();
    for (name, secret) in secrets {
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            let header = json!({"typ": "at+jwt", "alg": algorithm, "kid": key.kid});
            let key = EncodingKey::from_secret(&secret);
            let body = body(&header, &claims);
            let token = format!("{body}.{}", sign(body.as_bytes(), &key, algorithm).unwrap());
            assert_eq!(app.introspect(&token).await, json!({"active": false}), "{algorithm:?} with {name}");
            app.me(&token).await.assert_problem(401, "auth.token_invalid");
        }
    }
}

#[tokio::test]
async fn a_token_is_refused_whose_header_names_another_algorithm_than_its_key_has() {
    for algorithm in [TokenAlgorithm::Rs256, TokenAlgorithm::Es256] {
        let app = installation(algorithm).await;
        let tokens = app.signed_in(&app.user().await).await;
        let (header, claims) = (part(&tokens.access, 0), part(&tokens.access, 1).to_string());
        let real = RealKey::of(&app);
        assert!(app.is_active(&real.forge(&RSA_PKCS1_SHA256, &header, &claims)).await, "the forger knows the key");
        for name in ["RS256", "ES256", "EdDSA", "Ed25519", "PS256", "RS384", "RS512", "ES384", "HS256", "none"] {
            let encodings: [&'static dyn RsaEncoding; 4] =
                [&RSA_PKCS1_SHA256, &RSA_PKCS1_SHA384, &RSA_PKCS1_SHA512, &RSA_PSS_SHA256];
            // The first one is right for the right name; of P-256 there is only one.
            let is_right = name == algorithm.as_str();
            let wrong = if is_right && matches!(real, RealKey::P256(_)) { 4 } else { usize::from(is_right) };
            for encoding in encodings.into_iter().skip(wrong) {
                let mut other = header.clone();
                other["alg"] = name.into();
                let token = real.forge(encoding, &other, &claims);
                assert_eq!(app.introspect(&token).await, json!({"active": false}), "{algorithm:?} as {name}");
            }
        }
    }
}

#[tokio::test]
async fn a_token_is_refused_under_the_id_of_a_key_of_another_type() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let ed = app.signed_in(&user).await;
    change_key(&app, TokenAlgorithm::Rs256);
    let rsa = app.signed_in(&user).await;
    let kid = |tokens: &SignedIn| part(&tokens.access, 0)["kid"].clone();
    let (claims, real) = (part(&rsa.access, 1).to_string(), RealKey::of(&app));
    for (alg, kid) in [("RS256", kid(&ed)), ("EdDSA", kid(&ed)), ("EdDSA", kid(&rsa))] {
        let header = json!({"typ": "at+jwt", "alg": alg, "kid": kid});
        let token = real.forge(&RSA_PKCS1_SHA256, &header, &claims);
        assert_eq!(app.introspect(&token).await, json!({"active": false}), "{alg} of {kid}");
    }
}

/// The private key that signs now.
enum RealKey {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
}

impl RealKey {
    /// From its file: PKCS#8 as PEM.
    fn of(app: &TestApp) -> Self {
        let files = std::fs::read_dir(app.home.key_dir()).unwrap().map(|entry| entry.unwrap().path());
        let newest = files.filter(|path| path.extension().is_some_and(|kind| kind == "pem")).max().unwrap();
        let pem = std::fs::read_to_string(newest).unwrap();
        let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let der = STANDARD.decode(body).unwrap();
        RsaKeyPair::from_pkcs8(&der).map_or_else(
            |_| Self::P256(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der).unwrap()),
            Self::Rsa,
        )
    }

    /// Signs with it; an RSA key in this encoding.
    fn forge(&self, encoding: &'static dyn RsaEncoding, header: &Value, claims: &str) -> String {
        let (body, random) = (body(header, claims), SystemRandom::new());
        let signature = match self {
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &random, body.as_bytes(), &mut signature).unwrap();
                signature
            }
            Self::P256(pair) => pair.sign(&random, body.as_bytes()).unwrap().as_ref().to_vec(),
        };
        format!("{body}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn body(header: &Value, claims: &str) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims))
}

/// A public key of RSA in PKCS#1 (RFC 8017 appendix A.1.1), and as SubjectPublicKeyInfo (RFC 5280 §4.1).
fn public_der(modulus: &[u8], exponent: &[u8]) -> (Vec<u8>, Vec<u8>) {
    const RSA_ENCRYPTION: [u8; 15] = [0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 1, 5, 0];
    let tagged = |tag: u8, content: &[u8]| {
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        let mut der = vec![tag];
        match content.len() {
            0..128 => der.push(length[1]),
            128..256 => der.extend([0x81, length[1]]),
            _ => der.extend([0x82, length[0], length[1]]),
        }
        der.extend(content);
        der
    };
    let positive = |number: &[u8]| tagged(2, &if number[0] < 128 { number.to_vec() } else { [&[0], number].concat() });
    let pkcs1 = tagged(0x30, &[positive(modulus), positive(exponent)].concat());
    let bits = tagged(3, &[&[0], &*pkcs1].concat());
    let spki = tagged(0x30, &[&RSA_ENCRYPTION[..], &bits].concat());
    (pkcs1, spki)
}
