//! `GET /api/v1/sessions`.

use std::time::Duration;

use serde_json::json;

use crate::app::{SignedIn, TestApp};

#[tokio::test]
async fn the_sessions_of_a_user_are_listed_with_device_location_and_last_use() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let device = json!({"kind": "tv", "name": "Living room"});
    let body = json!({"email": user.email, "password": user.password, "device": device});
    let reply = app.post("/api/v1/sessions").json(&body).send().await;
    let tv = SignedIn::from(&reply.assert_status(201));
    app.advance(Duration::from_secs(60));
    let phone = app.signed_in(&user).await;
    app.advance(Duration::from_secs(60));
    let tv = SignedIn::from(&app.refresh(&tv.refresh).await.assert_status(200));

    let reply = app.get("/api/v1/sessions").bearer(&phone.access).send().await;
    let items = reply.assert_status(200)["items"].as_array().unwrap().clone();
    let ids: Vec<_> = items.iter().map(|item| item["id"].as_str().unwrap()).collect();
    assert_eq!(ids, [tv.session.as_str(), phone.session.as_str()], "the one that was used last is the first");
    assert_eq!(items[0]["device"], device);
    assert_eq!((&items[0]["current"], &items[1]["current"]), (&json!(false), &json!(true)));
    assert_eq!(items[0]["place"], json!({"address": "127.0.0.1"}));
    assert!(items[0]["created_at"].as_str() < items[0]["last_used_at"].as_str());
    assert_eq!(reply.header("cache-control"), "private, no-store");
}

#[tokio::test]
async fn ended_expired_and_other_users_sessions_are_not_listed() {
    let app = TestApp::start_with(|config| config.lifetimes.refresh_token = Duration::from_secs(3600)).await;
    let (user, other) = (app.user().await, app.user().await);
    app.signed_in(&user).await;
    app.advance(Duration::from_secs(3000));
    let ended = app.signed_in(&user).await;
    app.log_out(&ended.access).await.assert_status(204);
    app.signed_in(&other).await;
    app.advance(Duration::from_secs(600));
    let here = app.signed_in(&user).await;
    let body = app.get("/api/v1/sessions").bearer(&here.access).send().await.assert_status(200);
    let ids: Vec<_> = body["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect();
    assert_eq!(ids, [here.session.as_str()]);
}

#[tokio::test]
async fn sessions_are_not_listed_without_a_token() {
    let app = TestApp::start().await;
    app.get("/api/v1/sessions").send().await.assert_problem(401, "auth.token_missing");
}
