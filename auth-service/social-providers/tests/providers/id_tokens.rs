//! ID tokens that must be rejected, each with Google and with a generic OpenID Connect provider.

use serde_json::{Value, json};
use stub_providers::{Kind, Lie, Signing};

use crate::support::{Bench, is_not_acceptable};

type Forgery = fn(&mut Value);

fn at(claims: &Value, seconds: i64) -> Value {
    json!(claims["iat"].as_i64().unwrap() + seconds)
}

const FORGERIES: [(&str, Forgery); 21] = [
    ("of another issuer", |claims| claims["iss"] = json!("https://evil.test")),
    ("of an issuer for many tenants", |claims| claims["iss"] = json!("https://login.test/{tenantid}/v2.0")),
    ("of an issuer that is a prefix", |claims| claims["iss"] = json!("https://accounts.google.com.evil.test")),
    ("of an issuer in capitals", |claims| claims["iss"] = json!("HTTPS://ACCOUNTS.GOOGLE.COM")),
    ("of no issuer", |claims| claims["iss"] = json!(null)),
    ("for another application", |claims| claims["aud"] = json!("another")),
    ("with an empty audience", |claims| claims["aud"] = json!([])),
    ("without audience", |claims| drop(claims.as_object_mut().unwrap().remove("aud"))),
    ("for many audiences, without azp", |claims| {
        claims["aud"] = json!([claims["aud"], "another"]);
        claims.as_object_mut().unwrap().remove("azp");
    }),
    ("for many audiences, with the azp of another", |claims| {
        claims["aud"] = json!([claims["aud"], "another"]);
        claims["azp"] = json!("another");
    }),
    ("with the azp of another", |claims| claims["azp"] = json!("another")),
    ("ended", |claims| claims["exp"] = at(claims, -61)),
    ("without end", |claims| drop(claims.as_object_mut().unwrap().remove("exp"))),
    ("with an end that is text", |claims| claims["exp"] = json!("4000000000")),
    ("from the future", |claims| claims["iat"] = at(claims, 3600)),
    ("without issue time", |claims| drop(claims.as_object_mut().unwrap().remove("iat"))),
    ("not valid yet", |claims| claims["nbf"] = at(claims, 3600)),
    ("without nonce", |claims| drop(claims.as_object_mut().unwrap().remove("nonce"))),
    ("with an empty nonce", |claims| claims["nonce"] = json!("")),
    ("for another access token", |claims| claims["at_hash"] = json!("AAAAAAAAAAAAAAAAAAAAAA")),
    ("without subject", |claims| drop(claims.as_object_mut().unwrap().remove("sub"))),
];

#[tokio::test]
async fn tokens_with_wrong_claims_are_not_accepted() {
    for kind in [Kind::Google, Kind::Oidc] {
        let bench = Bench::start(kind);
        assert!(bench.sign_in().await.is_ok());
        for (what, forgery) in FORGERIES {
            bench.stub.clear_faults();
            bench.stub.change_claims(forgery);
            assert!(is_not_acceptable(&bench.sign_in().await), "{kind:?} takes a token {what}");
        }
        bench.stub.clear_faults();
        assert!(bench.sign_in().await.is_ok(), "forged tokens do not count for the breaker");
    }
}

#[tokio::test]
async fn tokens_with_the_nonce_of_another_sign_in_or_none_are_not_accepted() {
    for kind in [Kind::Google, Kind::Oidc] {
        for lie in [Lie::Nonce, Lie::NoNonce] {
            let bench = Bench::start(kind);
            bench.stub.lie(lie);
            assert!(is_not_acceptable(&bench.sign_in().await), "{kind:?} {lie:?}");
        }
    }
}

#[tokio::test]
async fn tokens_that_are_signed_badly_are_not_accepted() {
    for kind in [Kind::Google, Kind::Oidc] {
        for signing in [Signing::None, Signing::Hs256WithPublicKey, Signing::UnknownKey, Signing::WrongKey] {
            let bench = Bench::start(kind);
            bench.stub.sign(signing);
            assert!(is_not_acceptable(&bench.sign_in().await), "{kind:?} {signing:?}");
        }
    }
}

#[tokio::test]
async fn google_tokens_are_accepted_with_rs256_only() {
    for signing in Signing::GOOD.into_iter().filter(|signing| *signing != Signing::Rs256) {
        let bench = Bench::start(Kind::Google);
        bench.stub.sign(signing);
        assert!(is_not_acceptable(&bench.sign_in().await), "{signing:?}");
    }
}

#[tokio::test]
async fn the_legacy_spelling_of_googles_issuer_is_accepted() {
    let bench = Bench::start(Kind::Google);
    bench.stub.change_claims(|claims| claims["iss"] = json!("accounts.google.com"));
    assert!(bench.sign_in().await.is_ok());
}

#[tokio::test]
async fn a_token_for_several_audiences_is_accepted_when_azp_is_ours() {
    let bench = Bench::start(Kind::Oidc);
    bench.stub.change_claims(|claims| claims["aud"] = json!(["another", claims["aud"]]));
    assert!(bench.sign_in().await.is_ok());
}

#[tokio::test]
async fn a_response_with_a_missing_or_malformed_id_token_is_not_accepted() {
    let bench = Bench::start(Kind::Oidc);
    for token in [json!(null), json!(""), json!("a.b"), json!("a.b.c.d"), json!("...."), json!("e30.e30.")] {
        bench.stub.clear_faults();
        let shown = token.clone();
        bench.stub.change(stub_providers::Endpoint::Token, move |answer| answer["id_token"] = token.clone());
        assert!(is_not_acceptable(&bench.sign_in().await), "{shown}");
    }
}
