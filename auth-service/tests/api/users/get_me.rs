//! `GET /api/v1/me`.

use std::time::Duration;

use serde_json::json;

use crate::app::TestApp;

#[tokio::test]
async fn the_account_of_the_token_is_shown() {
    let app = TestApp::start().await;
    let user = app.user_with(json!({"display_name": "Anna", "region": "RU-SPE"})).await;
    let tokens = app.signed_in(&user).await;
    let reply = app.me(&tokens.access).await;
    let me = &reply.assert_status(200)["user"];
    assert_eq!((&me["id"], &me["display_name"]), (&json!(user.id), &json!("Anna")));
    assert!(reply.header("cache-control").contains("no-store"));
}

#[tokio::test]
async fn without_a_token_the_response_is_401_with_a_challenge() {
    let app = TestApp::start().await;
    let reply = app.get("/api/v1/me").send().await;
    reply.assert_problem(401, "auth.token_missing");
    assert_eq!(reply.header("www-authenticate"), "Bearer realm=\"marquee\"");
    app.get("/api/v1/me").basic("anna", "secret").send().await.assert_problem(401, "auth.token_missing");
}

#[tokio::test]
async fn malformed_tokens_are_refused_as_invalid() {
    let app = TestApp::start().await;
    for value in ["Bearer", "Bearer ", "bearer x", "BEARER a.b.c", "Bearer a b"] {
        let reply = app.get("/api/v1/me").header("authorization", value).send().await;
        reply.assert_problem(401, "auth.token_invalid");
        assert!(reply.header("www-authenticate").starts_with("Bearer "));
        assert!(reply.header("www-authenticate").contains("error=\"invalid_token\""));
    }
}

#[tokio::test]
async fn two_tokens_in_one_request_are_refused() {
    let app = TestApp::start().await;
    let tokens = app.signed_in(&app.user().await).await;
    let reply = app.get("/api/v1/me").bearer(&tokens.access).header("authorization", "Bearer x").send().await;
    reply.assert_problem(401, "auth.token_invalid");
}

#[tokio::test]
async fn a_token_works_for_ten_minutes_and_not_a_second_longer() {
    let app = TestApp::start().await;
    let tokens = app.signed_in(&app.user().await).await;
    app.advance(Duration::from_secs(599));
    app.me(&tokens.access).await.assert_status(200);
    app.advance(Duration::from_secs(1));
    app.me(&tokens.access).await.assert_problem(401, "auth.token_invalid");
}

#[tokio::test]
async fn a_user_id_in_the_query_is_refused() {
    let app = TestApp::start().await;
    let (user, other) = (app.user().await, app.user().await);
    let tokens = app.signed_in(&user).await;
    let path = format!("/api/v1/me?user_id={}", other.id);
    app.get(&path).bearer(&tokens.access).send().await.assert_problem(400, "request.invalid_query");
}
