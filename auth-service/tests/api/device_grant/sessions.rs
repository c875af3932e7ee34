//! Sessions of devices.

use std::time::Duration;

use serde_json::json;

use super::{approve, assert_error, poll, start, tokens_of};
use crate::app::{SignedIn, TestApp, TestUser};
use crate::pages::browser::Browser;

async fn tokens(app: &TestApp, user: &TestUser) -> SignedIn {
    let codes = start(app).await;
    approve(&mut Browser::signed_in(app, user).await, &codes).await;
    tokens_of(&poll(app, &codes).await)
}

#[tokio::test]
async fn the_device_is_in_the_list_and_the_history_and_can_be_signed_out() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let device = tokens(&app, &user).await;
    let phone = app.signed_in(&user).await;
    let listed = app.get("/api/v1/sessions").bearer(&phone.access).send().await.assert_status(200);
    let found = listed["items"].as_array().unwrap().iter().find(|one| one["id"] == device.session.as_str());
    assert_eq!(found.unwrap()["device"], json!({"kind": "tv", "name": "Living room"}), "{listed}");
    app.advance(Duration::from_secs(1)); // entries of one instant are a microsecond apart
    let history = app.get("/api/v1/me/sign-ins").bearer(&phone.access).send().await.assert_status(200);
    let methods: Vec<_> = history["items"].as_array().unwrap().iter().map(|one| one["method"].clone()).collect();
    assert!(methods.contains(&json!("device")), "{history}");
    let path = format!("/api/v1/sessions/{}", device.session);
    app.delete(&path).bearer(&phone.access).send().await.assert_status(204);
    assert!(!app.is_active(&device.access).await);
    app.refresh(&device.refresh).await.assert_problem(401, "auth.refresh_token_invalid");
}

#[tokio::test]
async fn a_device_plays_films_and_has_no_other_role_of_its_owner_now_or_later() {
    let app = TestApp::start().await;
    let (admin, boss) = app.admin().await;
    app.change_role(reqwest::Method::PUT, &boss, &admin.id, "subscriber").await.assert_status(204);
    let mut device = tokens(&app, &admin).await;
    for _ in 0..2 {
        let facts = app.introspect(&device.access).await;
        assert_eq!((&facts["active"], &facts["roles"]), (&json!(true), &json!(["subscriber"])), "{facts}");
        app.get("/api/v1/roles").bearer(&device.access).send().await.assert_problem(403, "auth.forbidden");
        device = SignedIn::from(&app.refresh(&device.refresh).await.assert_status(200));
    }
    assert_eq!(app.introspect(&boss.access).await["roles"], json!(["admin"]));
}

#[tokio::test]
async fn what_needs_a_recent_sign_in_is_refused_to_a_device_that_was_approved_a_moment_ago() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let device = tokens(&app, &user).await;
    let email = json!({"email": crate::app::unique_email()});
    let change = app.put("/api/v1/me/email").bearer(&device.access).json(&email).send().await;
    change.assert_problem(403, "auth.session_not_fresh");
    let export = app.get("/api/v1/me/export").bearer(&device.access).send().await;
    export.assert_problem(403, "auth.session_not_fresh");
    app.delete("/api/v1/me").bearer(&device.access).send().await.assert_problem(403, "auth.session_not_fresh");
    app.me(&device.access).await.assert_status(200);
}

#[tokio::test]
async fn a_lost_answer_is_given_again_for_a_minute_until_its_token_is_used() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let (lost, used) = (start(&app).await, start(&app).await);
    let mut browser = Browser::signed_in(&app, &user).await;
    approve(&mut browser, &lost).await;
    approve(&mut browser, &used).await;
    let first = tokens_of(&poll(&app, &lost).await);
    let again = tokens_of(&poll(&app, &lost).await);
    assert_eq!((&first.refresh, &first.session), (&again.refresh, &again.session));
    let tokens = tokens_of(&poll(&app, &used).await);
    app.refresh(&tokens.refresh).await.assert_status(200);
    assert_error(&poll(&app, &used).await, "invalid_grant");
    app.advance(Duration::from_secs(61));
    assert_error(&poll(&app, &lost).await, "invalid_grant");
    app.refresh(&first.refresh).await.assert_status(200);
}

#[tokio::test]
async fn fifty_polls_at_once_open_one_session() {
    let app = TestApp::start().await;
    let codes = start(&app).await;
    approve(&mut Browser::signed_in(&app, &app.user().await).await, &codes).await;
    let replies = futures_util::future::join_all((0..50).map(|_| poll(&app, &codes))).await;
    let pairs: std::collections::BTreeSet<_> =
        replies.iter().map(tokens_of).map(|pair| (pair.session, pair.refresh)).collect();
    assert_eq!(pairs.len(), 1);
}

#[tokio::test]
async fn a_device_whose_owner_was_disabled_or_deleted_meanwhile_gets_nothing() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let codes = start(&app).await;
    approve(&mut Browser::signed_in(&app, &user).await, &codes).await;
    let signed_in = app.signed_in(&user).await;
    let body = json!({"password": user.password});
    app.delete("/api/v1/me").bearer(&signed_in.access).json(&body).send().await.assert_status(204);
    assert_error(&poll(&app, &codes).await, "invalid_grant");
}
