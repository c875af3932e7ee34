//! Forged and altered access tokens (RFC 8725).

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use credentials::keys::{KeyFolder, KeyRing};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use service_kit::Clock;
use token_verifier::TokenAlgorithm;

use crate::app::{SignedIn, TestApp};

/// A service and a valid token of it.
pub async fn victim() -> (TestApp, SignedIn) {
    let app = TestApp::start().await;
    let tokens = app.signed_in(&app.user().await).await;
    (app, tokens)
}

pub fn part(token: &str, number: usize) -> Value {
    let text = token.split('.').nth(number).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
}

pub fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// `token` with other header and claims under the old signature, and under none.
fn glued(token: &str, header: &Value, claims: &Value) -> [String; 2] {
    let signature = token.rsplit('.').next().unwrap();
    let body = format!("{}.{}", encoded(header), encoded(claims));
    [format!("{body}.{signature}"), format!("{body}.")]
}

pub fn ring(app: &TestApp) -> KeyRing {
    KeyFolder::new(app.home.key_dir()).read().unwrap()
}

/// The private key of the service under test.
pub fn real_key(app: &TestApp) -> EncodingKey {
    let file = std::fs::read_dir(app.home.key_dir()).unwrap().map(|entry| entry.unwrap().path());
    let pem = file.into_iter().find(|path| path.extension().is_some_and(|kind| kind == "pem")).unwrap();
    private_key(&pem)
}

/// The private key in a file: PKCS#8 as PEM, one line of Base64.
pub fn private_key(path: &Path) -> EncodingKey {
    let pem = std::fs::read_to_string(path).unwrap();
    EncodingKey::from_ed_der(&STANDARD.decode(pem.lines().nth(1).unwrap()).unwrap())
}

async fn assert_refused(app: &TestApp, token: &str, what: &str) {
    if !token.is_empty() {
        assert_eq!(app.introspect(token).await, json!({"active": false}), "{what}");
    }
    assert_eq!(app.me(token).await.status, 401, "{what}");
}

#[tokio::test]
async fn a_token_cut_or_lengthened_anywhere_is_inactive() {
    let (app, tokens) = victim().await;
    let now = app.home.clock.now();
    let check = |text: &str| app.state().access_tokens.verify(text, now).is_ok();
    let token = tokens.access.as_str();
    for position in 0..token.len() {
        let (before, after) = token.split_at(position);
        assert!(!check(before), "cut to {position}");
        assert!(position == 0 || !check(after), "cut from {position}");
        assert!(!check(&format!("{before}{}", &after[1..])), "without the character at {position}");
        assert!(!check(&format!("{before}{}{after}", &after[..1])), "with the character at {position} twice");
    }
    for extra in (0..128).map(char::from) {
        assert!(!check(&format!("{token}{extra}")) && !check(&format!("{extra}{token}")), "with {extra:?}");
    }
    for extra in ["==", ".x", "AA"] {
        assert!(!check(&format!("{token}{extra}")), "with {extra:?}");
    }
    assert!(!check(&format!("{}A", "x".repeat(8192))));
    for length in 0..token.len() {
        assert_refused(&app, &token[..length], "cut").await;
    }
    assert!(app.is_active(token).await);
}

#[tokio::test]
async fn a_token_with_any_bit_flipped_is_inactive() {
    let (app, tokens) = victim().await;
    let now = app.home.clock.now();
    for position in 0..tokens.access.len() {
        for bit in 0..7 {
            let mut bytes = tokens.access.clone().into_bytes();
            bytes[position] ^= 1 << bit;
            let changed = String::from_utf8(bytes).unwrap();
            assert!(app.state().access_tokens.verify(&changed, now).is_err(), "bit {bit} of position {position}");
        }
    }
}

#[tokio::test]
async fn a_token_signed_with_another_key_is_inactive() {
    let (app, tokens) = victim().await;
    let folder = tempfile::tempdir().unwrap();
    let stranger = KeyFolder::new(folder.path());
    let path = stranger.create(TokenAlgorithm::EdDsa, app.home.clock.now()).unwrap();
    let key = private_key(&path);
    let claims = part(&tokens.access, 1);
    for kid in [part(&tokens.access, 0)["kid"].as_str().unwrap().to_owned(), "unknown".into(), String::new()] {
        let header = Header { typ: Some("at+jwt".into()), kid: Some(kid), ..Header::new(Algorithm::EdDSA) };
        assert_refused(&app, &encode(&header, &claims, &key).unwrap(), "another key").await;
    }
}

#[tokio::test]
async fn alg_none_is_refused_in_every_spelling() {
    let (app, tokens) = victim().await;
    let claims = part(&tokens.access, 1);
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let mut header = part(&tokens.access, 0);
        header["alg"] = alg.into();
        for token in glued(&tokens.access, &header, &claims) {
            assert_refused(&app, &token, alg).await;
        }
    }
}

#[tokio::test]
async fn the_public_key_is_not_accepted_as_an_hmac_secret() {
    let (app, tokens) = victim().await;
    let claims = part(&tokens.access, 1);
    let jwk = ring(&app).jwks().keys.remove(0);
    let x = jwk.x.clone().unwrap();
    let raw = URL_SAFE_NO_PAD.decode(&x).unwrap();
    let mut der = vec![0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
    der.extend_from_slice(&raw);
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(&der));
    let secrets = [raw, der, pem.into_bytes(), x.into_bytes(), serde_json::to_vec(&jwk).unwrap(), Vec::new()];
    for secret in secrets {
        for alg in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            let header = Header { typ: Some("at+jwt".into()), kid: Some(jwk.kid.clone()), ..Header::new(alg) };
            let token = encode(&header, &claims, &EncodingKey::from_secret(&secret)).unwrap();
            assert_refused(&app, &token, "HMAC with a public key").await;
        }
    }
}

#[tokio::test]
async fn unexpected_headers_are_refused_even_under_a_good_signature() {
    let (app, tokens) = victim().await;
    let (key, claims) = (real_key(&app), part(&tokens.access, 1));
    let signed = |header: &Value, claims: &Value| {
        let body = format!("{}.{}", encoded(header), encoded(claims));
        let signature = jsonwebtoken::crypto::sign(body.as_bytes(), &key, Algorithm::EdDSA).unwrap();
        format!("{body}.{signature}")
    };
    assert!(app.is_active(&signed(&part(&tokens.access, 0), &claims)).await, "the forger knows the key");
    for (name, value) in [
        ("jku", json!("https://evil.example/jwks.json")),
        ("x5u", json!("https://evil.example/cert")),
        ("jwk", json!({"kty": "OKP"})),
        ("x5c", json!(["AAAA"])),
        ("crit", json!(["exp"])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("cty", json!("JWT")),
        ("typ", json!("JWT")),
        ("typ", json!("at+JWT")),
        ("typ", Value::Null),
        ("alg", json!("Ed25519")),
        ("alg", json!("eddsa")),
        ("alg", json!("ES256")),
        ("alg", json!(["EdDSA"])),
        ("kid", Value::Null),
        ("kid", json!("../../etc/passwd")),
    ] {
        let mut header = part(&tokens.access, 0);
        header[name] = value;
        assert_refused(&app, &signed(&header, &claims), name).await;
    }
}

#[tokio::test]
async fn wrong_claims_are_refused_even_under_a_good_signature() {
    let (app, tokens) = victim().await;
    let (key, kid) = (real_key(&app), part(&tokens.access, 0)["kid"].as_str().unwrap().to_owned());
    let now = app.home.clock.now().timestamp();
    let header = Header { typ: Some("at+jwt".into()), kid: Some(kid), ..Header::new(Algorithm::EdDSA) };
    for (name, value) in [
        ("iss", json!("http://evil.test")),
        ("iss", json!(["http://auth.test"])),
        ("iss", Value::Null),
        ("aud", json!("another")),
        ("aud", json!(["another", "a third"])),
        ("aud", Value::Null),
        ("exp", json!(now)),
        ("exp", json!(now - 1)),
        ("exp", json!("9999999999")),
        ("exp", json!(1e30)),
        ("exp", json!(-1)),
        ("exp", Value::Null),
        ("iat", json!(now + 3600)),
        ("iat", json!(i64::MAX)),
        ("sub", json!("somebody")),
        ("sid", Value::Null),
        ("roles", json!("admin")),
        ("ver", json!("9")),
    ] {
        let mut claims = part(&tokens.access, 1);
        claims[name] = value.clone();
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        }
        assert_refused(&app, &encode(&header, &claims, &key).unwrap(), name).await;
    }
}

#[tokio::test]
async fn duplicate_members_are_refused_even_under_a_good_signature() {
    let (app, tokens) = victim().await;
    let key = real_key(&app);
    let (header, claims) = (part(&tokens.access, 0).to_string(), part(&tokens.access, 1).to_string());
    let doubled = |text: &str, extra: &str| format!("{},{extra}}}", text.strip_suffix('}').unwrap());
    for (header, claims) in [
        (doubled(&header, "\"alg\":\"EdDSA\""), claims.clone()),
        (header.clone(), doubled(&claims, "\"roles\":[\"admin\"]")),
        (header.clone(), doubled(&claims, "\"sub\":\"018f0000-0000-7000-8000-000000000000\"")),
        ("[".repeat(500), claims.clone()),
    ] {
        let body = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let signature = jsonwebtoken::crypto::sign(body.as_bytes(), &key, Algorithm::EdDSA).unwrap();
        assert_refused(&app, &format!("{body}.{signature}"), "double members").await;
    }
}

#[tokio::test]
async fn a_token_of_a_key_that_was_replaced_long_ago_is_refused() {
    let (app, tokens) = victim().await;
    let now = app.home.clock.now();
    let mut claims = app.state().access_tokens.verify(&tokens.access, now).unwrap();
    claims.exp += 7200; // as a thief of the old key would
    KeyFolder::new(app.home.key_dir()).create(TokenAlgorithm::EdDsa, now + TimeDelta::seconds(1)).unwrap();
    app.state().access_tokens.keys().reload();
    let stolen = app.state().access_tokens.sign(&claims, now).unwrap();
    app.advance(std::time::Duration::from_secs(600));
    assert!(app.is_active(stolen.expose()).await);
    app.advance(std::time::Duration::from_secs(61));
    assert!(!app.is_active(stolen.expose()).await);
}
