//! `GET /.well-known/jwks.json`, and key rotation.

use std::time::Duration;

use chrono::TimeDelta;
use credentials::keys::KeyFolder;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk};
use serde_json::Value;
use service_kit::Clock;
use token_verifier::TokenAlgorithm;

use crate::app::TestApp;

#[tokio::test]
async fn a_token_can_be_checked_with_the_published_key_alone() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let tokens = app.signed_in(&user).await;
    let reply = app.get("/.well-known/jwks.json").send().await;
    let set: jwk::JwkSet = serde_json::from_value(reply.assert_status(200)).unwrap();
    let kid = decode_header(&tokens.access).unwrap().kid.unwrap();
    let key = DecodingKey::from_jwk(set.find(&kid).unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_audience(&["marquee"]);
    validation.set_issuer(&["http://auth.test"]);
    let claims = decode::<Value>(&tokens.access, &key, &validation).unwrap().claims;
    assert_eq!(claims["sub"], user.id);
    for claim in ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"] {
        assert!(!claims[claim].is_null(), "RFC 9068 requires {claim}");
    }
}

#[tokio::test]
async fn the_keys_are_cacheable_and_carry_nothing_private() {
    let app = TestApp::start().await;
    let reply = app.get("/.well-known/jwks.json").send().await;
    let keys = reply.assert_status(200)["keys"].clone();
    assert_eq!(reply.header("cache-control"), "public, max-age=300");
    for key in keys.as_array().unwrap() {
        assert_eq!((&key["kty"], &key["crv"], &key["alg"]), (&"OKP".into(), &"Ed25519".into(), &"EdDSA".into()));
        assert!(key["d"].is_null());
    }
    let again = app.get("/.well-known/jwks.json").header("if-none-match", reply.header("etag")).send().await;
    assert_eq!(again.status, 304);
}

#[tokio::test]
async fn a_new_key_is_published_before_it_signs_and_the_old_one_verifies_until_its_tokens_expire() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let now = app.home.clock.now();
    KeyFolder::new(app.home.key_dir()).create(TokenAlgorithm::EdDsa, now + TimeDelta::minutes(5)).unwrap();
    app.state().access_tokens.keys().reload();
    let body = app.get("/.well-known/jwks.json").send().await.assert_status(200);
    assert_eq!(body["keys"].as_array().unwrap().len(), 2);

    let kid = |token: &str| decode_header(token).unwrap().kid.unwrap();
    let old = app.signed_in(&user).await;
    app.advance(Duration::from_secs(299));
    let last = app.signed_in(&user).await;
    app.advance(Duration::from_secs(1));
    let new = app.signed_in(&user).await;
    assert_eq!(kid(&last.access), kid(&old.access));
    assert_ne!(kid(&new.access), kid(&old.access));
    app.advance(Duration::from_secs(598));
    for token in [&last.access, &new.access] {
        assert!(app.is_active(token).await);
    }
    assert!(!app.is_active(&old.access).await, "expired by then");
}

#[tokio::test]
async fn a_token_of_a_key_that_another_replica_got_first_is_accepted() {
    let app = TestApp::start().await;
    let ours = app.signed_in(&app.user().await).await;
    // A key that appears in the folder after the start, and a token of it before the next reload.
    KeyFolder::new(app.home.key_dir())
        .create(TokenAlgorithm::EdDsa, app.home.clock.now() - TimeDelta::hours(1))
        .unwrap();
    let replica = TestApp::start_in(app.home.clone(), |_| ()).await;
    let claims = app.state().access_tokens.verify(&ours.access, app.home.clock.now()).unwrap();
    let then = app.home.clock.now() - TimeDelta::minutes(30);
    let early = replica.state().access_tokens.sign(&claims, then).unwrap();
    assert_ne!(decode_header(early.expose()).unwrap().kid, decode_header(&ours.access).unwrap().kid);
    assert!(app.is_active(early.expose()).await);
}
