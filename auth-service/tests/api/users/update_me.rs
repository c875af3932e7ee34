//! `PATCH /api/v1/me`.

use serde_json::{Value, json};
use service_kit::testing::TestReply;

use crate::app::{SignedIn, TestApp, TestUser};

async fn update(app: &TestApp, tokens: &SignedIn, body: Value) -> TestReply {
    app.patch("/api/v1/me").bearer(&tokens.access).json(&body).send().await
}

async fn signed_in_user(app: &TestApp, more: Value) -> (TestUser, SignedIn) {
    let user = app.user_with(more).await;
    let tokens = app.signed_in(&user).await;
    (user, tokens)
}

#[tokio::test]
async fn only_fields_in_the_body_change() {
    let app = TestApp::start().await;
    let (_, tokens) = signed_in_user(&app, json!({"display_name": "Anna", "region": "RU-MOW"})).await;
    let body = update(&app, &tokens, json!({"display_name": "  Anna P.  "})).await.assert_status(200);
    assert_eq!((&body["user"]["display_name"], &body["user"]["region"]), (&json!("Anna P."), &json!("RU-MOW")));
    let body = update(&app, &tokens, json!({})).await.assert_status(200);
    assert_eq!(app.me(&tokens.access).await.assert_status(200)["user"], body["user"]);
    let body = update(&app, &tokens, json!({"display_name": ""})).await.assert_status(200);
    assert_eq!(body["user"]["display_name"], "");
}

#[tokio::test]
async fn a_change_of_region_keeps_every_session_and_token() {
    let app = TestApp::start().await;
    let (user, tokens) = signed_in_user(&app, json!({"region": "RU-MOW"})).await;
    let id = user.id.parse().unwrap();
    let before = app.state().store.find_user_key(id).await.unwrap().unwrap();
    let body = update(&app, &tokens, json!({"region": "KZ"})).await.assert_status(200);
    assert_eq!(body["user"]["region"], "KZ");
    let after = app.state().store.find_user_key(id).await.unwrap().unwrap();
    assert_ne!(before.cell, after.cell);
    // The token still names the old cell.
    app.me(&tokens.access).await.assert_status(200);
    update(&app, &tokens, json!({"display_name": "Moved"})).await.assert_status(200);
    let next = SignedIn::from(&app.refresh(&tokens.refresh).await.assert_status(200));
    assert_eq!(app.introspect(&next.access).await["region"], "KZ");
    let session = app.state().store.find_session(next.session.parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(session.user, after, "the session has the new cell");
    app.signed_in(&user).await;
}

#[tokio::test]
async fn a_birth_date_can_be_set_once_and_sets_the_age_limit() {
    let app = TestApp::start().await;
    let (_, tokens) = signed_in_user(&app, json!({"region": "RU-MOW"})).await;
    assert!(app.introspect(&tokens.access).await.get("age_limit").is_none());
    update(&app, &tokens, json!({"birth_date": "1990-05-17"})).await.assert_status(200);
    update(&app, &tokens, json!({"birth_date": "1990-05-17"})).await.assert_status(200);
    let other = update(&app, &tokens, json!({"birth_date": "1980-05-17", "display_name": "X"})).await;
    other.assert_problem(409, "auth.birth_date_given");
    let me = app.me(&tokens.access).await.assert_status(200);
    assert_eq!((&me["user"]["birth_date"], &me["user"]["display_name"]), (&json!("1990-05-17"), &json!("")));
    let next = SignedIn::from(&app.refresh(&tokens.refresh).await.assert_status(200));
    assert_eq!(app.introspect(&next.access).await["age_limit"], 18);
}

#[tokio::test]
async fn impossible_values_are_named_and_nothing_is_written() {
    let app = TestApp::start().await;
    let (_, tokens) = signed_in_user(&app, json!({"region": "RU-MOW"})).await;
    for (body, pointer) in [
        (json!({"region": "Moscow"}), "/region"),
        (json!({"region": "ru-mow"}), "/region"),
        (json!({"display_name": "x".repeat(65)}), "/display_name"),
        (json!({"birth_date": "2999-01-01"}), "/birth_date"),
        (json!({"birth_date": "1899-12-31"}), "/birth_date"),
        (json!({"birth_date": "2023-02-29"}), "/birth_date"),
        (json!({"email": "other@example.org"}), "/email"),
        (json!({"roles": ["admin"]}), "/roles"),
    ] {
        let problem = update(&app, &tokens, body.clone()).await.assert_problem(422, "request.invalid_fields");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}");
    }
    let me = app.me(&tokens.access).await.assert_status(200);
    assert_eq!((&me["user"]["region"], &me["user"]["display_name"]), (&json!("RU-MOW"), &json!("")));
}

#[tokio::test]
async fn a_change_needs_a_token() {
    let app = TestApp::start().await;
    app.patch("/api/v1/me").json(&json!({"display_name": "X"})).send().await.assert_problem(401, "auth.token_missing");
}

#[tokio::test]
async fn a_deleted_account_has_no_valid_token() {
    let app = TestApp::start().await;
    let (_, tokens) = signed_in_user(&app, json!({})).await;
    for table in ["users", "user_logins", "sessions", "user_directory"] {
        app.home.sql(&format!("DELETE FROM {table}")).await;
    }
    update(&app, &tokens, json!({"display_name": "X"})).await.assert_problem(401, "auth.token_invalid");
}
