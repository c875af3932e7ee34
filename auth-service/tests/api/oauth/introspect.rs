//! `POST /oauth2/introspect`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::app::{CLIENT, TestApp};

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
    ask().form(&[("hint", "x")]).send().await.assert_problem(422, "request.invalid_fields");
    ask().form(&[("token", "")]).send().await.assert_problem(422, "request.invalid_fields");
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
