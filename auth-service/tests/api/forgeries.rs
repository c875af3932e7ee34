//! Forged access tokens by name (RFC 8725). Most are signed with the real key, which no forger has: the signature is good,
//! and the strictness of everything else refuses them.

use std::collections::BTreeSet;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use contracts::auth::oauth::Jwk;
use credentials::keys::KeyFolder;
use jsonwebtoken::crypto::sign;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};
use service_kit::Clock;
use token_verifier::TokenAlgorithm;

use crate::app::{SignedIn, TestApp};
use crate::forged_tokens::{part, private_key, real_key, ring, victim};

/// Order of the group of Ed25519 (RFC 8032 §5.1), little-endian.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// Names and tokens.
type Forgeries = Vec<(String, String)>;

/// What a forger may know: a token, its public key, and here even the private one.
struct Forger {
    token: String,
    header: Value,
    claims: Value,
    real: EncodingKey,
    /// Another Ed25519 key.
    own: EncodingKey,
    own_jwk: Value,
    /// A P-256 key.
    curve: EncodingKey,
    jwk: Jwk,
    now: i64,
}

impl Forger {
    fn new(app: &TestApp, tokens: &SignedIn) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keys = KeyFolder::new(folder.path());
        let own = private_key(&keys.create(TokenAlgorithm::EdDsa, app.home.clock.now()).unwrap());
        let curve = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
        Self {
            token: tokens.access.clone(),
            header: part(&tokens.access, 0),
            claims: part(&tokens.access, 1),
            real: real_key(app),
            own,
            own_jwk: serde_json::to_value(keys.read().unwrap().jwks().keys.remove(0)).unwrap(),
            curve: EncodingKey::from_ec_der(curve.as_ref()),
            jwk: ring(app).jwks().keys.remove(0),
            now: app.home.clock.now().timestamp(),
        }
    }

    fn signed_by(key: &EncodingKey, algorithm: Algorithm, header: &str, claims: &str) -> String {
        let body = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let signature = sign(body.as_bytes(), key, algorithm).unwrap();
        format!("{body}.{signature}")
    }

    /// Signed with the real key.
    fn signed(&self, header: &str, claims: &str) -> String {
        Self::signed_by(&self.real, Algorithm::EdDSA, header, claims)
    }

    fn with_header(&self, name: &str, value: Value) -> Value {
        let mut header = self.header.clone();
        header[name] = value;
        header
    }

    /// Members of the header replaced one at a time, under a good signature.
    fn headers(&self) -> Forgeries {
        let long = "k".repeat(3000);
        let cases = [
            ("jku", json!("https://evil.example/jwks.json")),
            ("x5u", json!("https://evil.example/cert")),
            ("jwk", self.own_jwk.clone()),
            ("x5c", json!(["MIIB"])),
            ("x5t", json!("AAAA")),
            ("crit", json!(["exp"])),
            ("crit", json!([])),
            ("b64", json!(false)),
            ("b64", json!(true)),
            ("zip", json!("DEF")),
            ("cty", json!("JWT")),
            ("enc", json!("A128GCM")),
            ("typ", json!("JWT")),
            ("typ", json!("application/at+jwt")),
            ("typ", json!(["at+jwt"])),
            ("alg", json!("Ed25519")),
            ("alg", json!("eddsa")),
            ("alg", json!("ES256")),
            ("alg", json!("RS256")),
            ("alg", json!("HS256")),
            ("alg", json!(["EdDSA"])),
            ("alg", json!({"EdDSA": null})),
            ("kid", json!("")),
            ("kid", json!(0)),
            ("kid", json!([self.jwk.kid])),
            ("kid", json!("../../../../dev/null")),
            ("kid", json!("' UNION SELECT 'key' --")),
            ("kid", json!("https://evil.example/key")),
            ("kid", json!(format!("{}\u{0}", self.jwk.kid))),
            ("kid", json!(format!("{} ", self.jwk.kid))),
            ("kid", json!(self.jwk.kid.to_lowercase())),
            ("kid", json!(long)),
        ];
        let claims = self.claims.to_string();
        let forge = |(name, value): (&str, Value)| {
            let shown: String = value.to_string().chars().take(60).collect();
            (format!("header {name} {shown}"), self.signed(&self.with_header(name, value).to_string(), &claims))
        };
        cases.into_iter().map(forge).collect()
    }

    /// Another algorithm than the key has: none, a MAC over the public key, another curve.
    fn algorithms(&self) -> Forgeries {
        let claims = self.claims.to_string();
        let mut forgeries = Vec::new();
        let (_, signature) = self.token.rsplit_once('.').unwrap();
        for alg in ["none", "None", "NONE", "nOnE", "none ", ""] {
            let header = self.with_header("alg", json!(alg)).to_string();
            let body = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(&claims));
            forgeries.push((format!("alg {alg:?} without a signature"), format!("{body}.")));
            forgeries.push((format!("alg {alg:?} with the old signature"), format!("{body}.{signature}")));
        }
        let raw = URL_SAFE_NO_PAD.decode(self.jwk.x.as_ref().unwrap()).unwrap();
        let der = [&[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00][..], &raw].concat();
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----", STANDARD.encode(&der));
        let secrets: [(&str, Vec<u8>); 7] = [
            ("the public key", raw),
            ("the public key in DER", der),
            ("the public key in PEM", format!("{pem}\n").into()),
            ("the public key in PEM without a last line feed", pem.into()),
            ("member x of the JWK", self.jwk.x.clone().unwrap().into()),
            ("the JWK", serde_json::to_vec(&self.jwk).unwrap()),
            ("an empty secret", Vec::new()),
        ];
        for (name, secret) in secrets {
            let (key, header) = (EncodingKey::from_secret(&secret), self.with_header("alg", json!("HS256")));
            let token = Self::signed_by(&key, Algorithm::HS256, &header.to_string(), &claims);
            forgeries.push((format!("HS256 with {name}"), token));
        }
        let (eddsa, es256) = (self.header.to_string(), self.with_header("alg", json!("ES256")).to_string());
        let with_jwk = self.with_header("jwk", self.own_jwk.clone()).to_string();
        forgeries.extend(
            [
                ("EdDSA over ES256", Self::signed_by(&self.curve, Algorithm::ES256, &eddsa, &claims)),
                ("ES256 over ES256", Self::signed_by(&self.curve, Algorithm::ES256, &es256, &claims)),
                ("ES256 over EdDSA", Self::signed_by(&self.own, Algorithm::EdDSA, &es256, &claims)),
                ("another key of the same kid", Self::signed_by(&self.own, Algorithm::EdDSA, &eddsa, &claims)),
                ("another key in the header", Self::signed_by(&self.own, Algorithm::EdDSA, &with_jwk, &claims)),
            ]
            .map(|(name, token)| (name.to_owned(), token)),
        );
        forgeries
    }

    /// Texts that serde could read in more than one way, under a good signature.
    fn texts(&self) -> Forgeries {
        let (header, claims) = (self.header.to_string(), self.claims.to_string());
        let more = |text: &str, member: &str| format!("{},{member}}}", text.strip_suffix('}').unwrap());
        let claim = |name: &str, value: &str| {
            let mut claims = self.claims.clone();
            claims.as_object_mut().unwrap().remove(name);
            (
                format!("claim {name} {value:.40}"),
                self.signed(&header, &more(&claims.to_string(), &format!("\"{name}\":{value}"))),
            )
        };
        let exp = self.now + 600;
        let mut forgeries = vec![
            claim("exp", "1e400"),
            claim("exp", "18446744073709551616"),
            claim("exp", "9223372036854775808"),
            claim("exp", "-9223372036854775808"),
            claim("exp", &"9".repeat(1000)),
            claim("exp", &format!("{exp}.0")),
            claim("exp", &format!("\"{exp}\"")),
            claim("exp", "true"),
            claim("exp", "[9999999999]"),
            claim("exp", &self.now.to_string()),
            claim("iat", "9223372036854775807"),
            claim("ver", "18446744073709551616"),
            claim("cell", "70000"),
            claim("age", "256"),
            claim("sub", "{\"id\":\"018f0000-0000-7000-8000-000000000000\"}"),
            claim("sub", "\"018f0000\""),
            claim("roles", "\"admin\""),
            claim("roles", &format!("{}{}", "[".repeat(2000), "]".repeat(2000))),
            claim("iss", "\"http://auth.test/\""),
            claim("iss", "[\"http://auth.test\"]"),
            claim("aud", "\"another\""),
            claim("aud", "[\"another\",\"MARQUEE\"]"),
            claim("aud", "[]"),
            claim("aud", "{\"marquee\":true}"),
        ];
        let nested = "[".repeat(2000);
        forgeries.extend(
            [
                ("alg twice", self.signed(&more(&header, "\"alg\":\"EdDSA\""), &claims)),
                ("alg twice, once escaped", self.signed(&more(&header, "\"\\u0061lg\":\"none\""), &claims)),
                ("kid twice", self.signed(&more(&header, "\"kid\":\"x\""), &claims)),
                ("sub twice", self.signed(&header, &more(&claims, "\"sub\":\"018f0000-0000-7000-8000-000000000000\""))),
                ("exp twice", self.signed(&header, &more(&claims, "\"exp\":9999999999"))),
                ("roles twice, once escaped", self.signed(&header, &more(&claims, "\"role\\u0073\":[\"admin\"]"))),
                ("a nested header", self.signed(&nested, &claims)),
                ("nested claims", self.signed(&header, &nested)),
                ("a header as an array", self.signed(&json!(["EdDSA", "at+jwt", self.jwk.kid]).to_string(), &claims)),
                ("claims as an array", self.signed(&header, &json!([self.claims]).to_string())),
                ("claims as a text", self.signed(&header, &json!(claims).to_string())),
                ("no claims", self.signed(&header, "{}")),
                ("a header behind a byte order mark", self.signed(&format!("\u{feff}{header}"), &claims)),
                ("a header with a tail", self.signed(&format!("{header}{header}"), &claims)),
                ("claims with a tail", self.signed(&header, &format!("{claims}x"))),
            ]
            .map(|(name, token)| (name.to_owned(), token)),
        );
        forgeries
    }

    /// Other ways to write the very token.
    fn encodings(&self) -> Forgeries {
        let parts: Vec<&str> = self.token.split('.').collect();
        let [header, claims, signature] = parts[..] else { panic!("three parts") };
        let bytes = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();
        let signed = |signature: &[u8]| format!("{header}.{claims}.{}", URL_SAFE_NO_PAD.encode(signature));
        let (good, mut high) = (bytes(signature), bytes(signature));
        let mut carry = 0_u16;
        for (byte, order) in high[32..].iter_mut().zip(ORDER) {
            carry += u16::from(*byte) + u16::from(order);
            *byte = carry.to_le_bytes()[0];
            carry >>= 8;
        }
        let json = json!({"protected": header, "payload": claims, "signature": signature});
        let all = [
            ("padded", format!("{header}.{claims}.{}", URL_SAFE.encode(&good))),
            (
                "in the other alphabet",
                format!("{header}.{claims}.{}", STANDARD_NO_PAD.encode([&good[..], &[0xff; 3]].concat())),
            ),
            ("without a signature", format!("{header}.{claims}.")),
            ("without the last point", format!("{header}.{claims}")),
            ("half a signature", signed(&good[..32])),
            ("a longer signature", signed(&[&good[..], &[0]].concat())),
            ("a signature of zeros", signed(&[0; 64])),
            ("the other form of the signature", signed(&high)),
            ("parts in another order", format!("{claims}.{header}.{signature}")),
            ("a fourth part", format!("{}.{signature}", self.token)),
            ("five parts, as encrypted", format!("{header}.{claims}.{signature}.{claims}.{signature}")),
            ("with a line feed", format!("{header}.\n{claims}.{signature}")),
            ("with a space", format!(" {}", self.token)),
            ("as JSON", json.to_string()),
            ("twice", format!("{0},{0}", self.token)),
        ];
        all.map(|(name, token)| (name.to_owned(), token)).into()
    }
}

#[tokio::test]
async fn every_forgery_is_inactive_and_refused() {
    let (app, tokens) = victim().await;
    let forger = Forger::new(&app, &tokens);
    let control = forger.signed(&forger.header.to_string(), &forger.claims.to_string());
    assert!(app.is_active(&control).await, "the forger knows the key");

    let forgeries = [forger.headers(), forger.algorithms(), forger.texts(), forger.encodings()].concat();
    for (name, token) in &forgeries {
        assert_eq!(app.introspect(token).await, json!({"active": false}), "{name}");
        if token.bytes().all(|byte| byte.is_ascii_graphic()) {
            app.me(token).await.assert_problem(401, "auth.token_invalid");
        }
    }
    let names: BTreeSet<&str> = forgeries.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names.len(), forgeries.len(), "each has a name of its own");
    assert!(names.len() >= 90, "{}", names.len());
    assert!(app.is_active(&tokens.access).await);
}
