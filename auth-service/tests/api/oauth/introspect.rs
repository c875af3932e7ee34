//! `POST /oauth2/introspect`.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{Algorithm, Header, encode};
use serde_json::{Value, json};
use service_kit::testing::TestReply;

use crate::app::{CLIENT, SignedIn, TestApp};
use crate::forged_tokens::{part, real_key};

#[tokio::test]
async fn an_active_token_is_described() {
    let app = TestApp::start().await;
    let user = app.user_with(json!({"birth_date": "1990-01-01", "region": "RU-MOW"})).await;
    let tokens = app.signed_in(&user).await;
    let facts = app.introspect(&tokens.access).await;
    assert_eq!(facts["active"], true);
    assert_eq!(facts["sub"], user.id);
    assert_eq!(facts["sid"], tokens.session);
    assert_eq!(facts["iss"], "http://auth.test");
    assert_eq!(facts["token_type"], "Bearer");
    assert_eq!(facts["region"], "RU-MOW");
    assert!(facts["age"].as_u64().unwrap() >= 36);
    assert_eq!(facts["exp"].as_i64().unwrap() - facts["iat"].as_i64().unwrap(), 600);
}

#[tokio::test]
async fn introspection_of_an_inactive_token_returns_nothing_else() {
    let app = TestApp::start().await;
    let tokens = app.signed_in(&app.user().await).await;
    app.log_out(&tokens.access).await.assert_status(204);
    let (long, longer) = (format!("a.b.{}", "c".repeat(8190)), "x".repeat(60 * 1024));
    for token in [tokens.access.as_str(), tokens.refresh.as_str(), "x", "a.b.c", "ключ", &long, &longer] {
        assert_eq!(app.introspect(token).await, json!({"active": false}), "{token:.20}");
    }
}

#[tokio::test]
async fn introspection_responses_are_not_cacheable() {
    let app = TestApp::start().await;
    let reply = app.post("/oauth2/introspect").basic(CLIENT.0, CLIENT.1).form(&[("token", "x")]).send().await;
    assert!(reply.header("cache-control").contains("no-store"));
}

#[tokio::test]
async fn only_registered_services_may_introspect() {
    let app = TestApp::start().await;
    let tokens = app.signed_in(&app.user().await).await;
    let ask = || app.post("/oauth2/introspect").form(&[("token", &tokens.access)]);
    let (id, secret) = CLIENT;
    for (id, secret) in [(id, "another secret of tests"), ("captcha", secret), ("", ""), (id, ""), (secret, id)] {
        let reply = ask().basic(id, secret).send().await;
        reply.assert_problem(401, "auth.client_rejected");
        assert!(reply.header("www-authenticate").starts_with("Basic "));
    }
    ask().send().await.assert_problem(401, "auth.client_rejected");
    ask().bearer(&tokens.access).send().await.assert_problem(401, "auth.client_rejected");
    let two = ask().basic(id, secret).header("authorization", "Basic eDp5").send().await;
    two.assert_problem(401, "auth.client_rejected");
    for value in ["Basic", "Basic ", "Basic %%%", "Basic bm8tY29sb24="] {
        ask().header("authorization", value).send().await.assert_problem(401, "auth.client_rejected");
    }
}

/// Status, headers and body, without what differs between two requests that are the same.
fn shape(reply: &TestReply) -> (u16, BTreeMap<String, String>, Value) {
    let headers = reply.headers.keys().map(|name| {
        let differs = ["date", "x-request-id"].contains(&name.as_str()) || name.as_str().starts_with("ratelimit");
        (name.to_string(), if differs { String::new() } else { reply.header(name.as_str()).to_owned() })
    });
    let mut body = reply.json();
    body["request_id"].take();
    (reply.status.as_u16(), headers.collect(), body)
}

/// Tokens that are inactive for different reasons.
async fn inactive_tokens(app: &TestApp) -> Vec<(&'static str, String)> {
    let expired = app.signed_in(&app.user().await).await;
    app.advance(Duration::from_secs(600));
    let (ended, replayed) = (app.signed_in(&app.user().await).await, app.signed_in(&app.user().await).await);
    app.log_out(&ended.access).await.assert_status(204);
    let next = SignedIn::from(&app.refresh(&replayed.refresh).await.assert_status(200));
    app.refresh(&next.refresh).await.assert_status(200);
    app.refresh(&replayed.refresh).await.assert_problem(401, "auth.refresh_token_replayed");
    let closed = app.user().await;
    let of_closed = app.signed_in(&closed).await;
    app.delete("/api/v1/me").bearer(&of_closed.access).send().await.assert_status(204);
    let good = app.signed_in(&app.user().await).await;
    let kid = part(&good.access, 0)["kid"].as_str().unwrap().to_owned();
    let signed = |claim: &str, value: &str, kid: &str| {
        let mut claims = part(&good.access, 1);
        claims[claim] = value.into();
        let header = Header { typ: Some("at+jwt".into()), kid: Some(kid.into()), ..Header::new(Algorithm::EdDSA) };
        encode(&header, &claims, &real_key(app)).unwrap()
    };
    vec![
        ("expired", expired.access),
        ("signed out", ended.access),
        ("replayed", replayed.access),
        ("of a deleted account", of_closed.access),
        ("a refresh token", good.refresh.clone()),
        ("cut", good.access[..good.access.len() - 1].to_owned()),
        ("for another audience", signed("aud", "another", &kid)),
        ("of another issuer", signed("iss", "http://evil.test", &kid)),
        ("of an unknown key", signed("aud", "marquee", "unknown")),
        ("of an unknown version", signed("ver", "x", &kid)),
        ("no token", "x".to_owned()),
    ]
}

#[tokio::test]
async fn all_inactive_tokens_look_the_same() {
    let app = TestApp::start().await;
    let mut shapes = Vec::new();
    for (name, token) in inactive_tokens(&app).await {
        let request = app.post("/oauth2/introspect").basic(CLIENT.0, CLIENT.1);
        let reply = request.form(&[("token", &token)]).send().await;
        assert_eq!(reply.body, b"{\"active\":false}", "{name}");
        shapes.push((name, reply.status, shape(&reply).1));
    }
    for (name, status, headers) in &shapes {
        assert_eq!((*status, headers), (shapes[0].1, &shapes[0].2), "{name}");
    }
}

#[tokio::test]
async fn a_rejected_client_learns_nothing_of_the_token_nor_which_part_of_its_credentials_is_wrong() {
    let app = TestApp::start().await;
    let good = app.signed_in(&app.user().await).await;
    let basic = |id: &str, secret: &str| format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
    let credentials =
        [None, Some(basic(CLIENT.0, "another secret of tests")), Some(basic("nobody", CLIENT.1)), Some("Basic".into())];
    let mut shapes = Vec::new();
    for given in &credentials {
        for token in [good.access.as_str(), "x"] {
            let request = app.post("/oauth2/introspect").form(&[("token", token)]);
            let request = given.iter().fold(request, |request, value| request.header("authorization", value));
            let reply = request.send().await;
            reply.assert_problem(401, "auth.client_rejected");
            shapes.push(shape(&reply));
        }
    }
    assert!(shapes.iter().all(|one| *one == shapes[0]), "{shapes:#?}");
}

#[tokio::test]
async fn credentials_may_be_form_encoded_inside_of_basic() {
    let app = TestApp::start().await;
    let encoded = STANDARD.encode(format!("{}:{}", CLIENT.0, CLIENT.1.replace(' ', "+")));
    let ask = app.post("/oauth2/introspect").header("authorization", &format!("basic {encoded}"));
    ask.form(&[("token", "x")]).send().await.assert_status(200);
}

#[tokio::test]
async fn a_request_without_a_token_is_malformed() {
    let app = TestApp::start().await;
    let ask = || app.post("/oauth2/introspect").basic(CLIENT.0, CLIENT.1);
    ask().form(&[("hint", "x")]).send().await.assert_problem(400, "request.invalid_fields");
    ask().form(&[("token", "")]).send().await.assert_problem(400, "request.invalid_fields");
    ask().json(&json!({"token": "x"})).send().await.assert_problem(415, "request.unsupported_media_type");
    let broken = ask().body("application/x-www-form-urlencoded", b"token=\xff".to_vec());
    broken.send().await.assert_problem(400, "request.malformed_form");
    let huge = "x".repeat(65 * 1024);
    ask().form(&[("token", &huge)]).send().await.assert_problem(413, "request.body_too_large");
}

#[tokio::test]
async fn a_hint_changes_nothing() {
    let app = TestApp::start().await;
    let tokens = app.signed_in(&app.user().await).await;
    for hint in ["refresh_token", "", "x", &"x".repeat(65), &"x".repeat(10_000)] {
        let fields = [("token", tokens.access.as_str()), ("token_type_hint", hint)];
        let reply = app.post("/oauth2/introspect").basic(CLIENT.0, CLIENT.1).form(&fields).send().await;
        assert_eq!(reply.assert_status(200)["active"], true, "{hint:.20}");
    }
}
