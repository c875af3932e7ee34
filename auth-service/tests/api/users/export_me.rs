//! `GET /api/v1/me/export`.

use std::time::Duration;

use mailer::Notification;
use serde_json::json;
use service_kit::testing::TestReply;

use crate::app::{SignedIn, TestApp};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn export(app: &TestApp, who: &SignedIn) -> TestReply {
    app.get("/api/v1/me/export").bearer(&who.access).send().await
}

#[tokio::test]
async fn everything_that_is_stored_is_exported_and_no_secret() {
    let app = TestApp::start().await;
    let user = app.user_with(json!({"display_name": "Anna", "region": "KZ", "birth_date": "1990-05-17"})).await;
    app.log_in(&user.email, "a wrong password").await.assert_problem(401, "auth.wrong_credentials");
    let ended = app.signed_in(&user).await;
    app.log_out(&ended.access).await.assert_status(204);
    let who = app.signed_in(&user).await;
    let failed = async || app.count_sign_ins(user.id.parse().unwrap()).await == 3;
    service_kit::testing::eventually("the failed sign-in is written", Duration::from_secs(20), failed).await;
    let reply = export(&app, &who).await;
    let body = reply.assert_status(200);
    assert_eq!((&body["user"]["email"], &body["user"]["display_name"]), (&json!(user.email), &json!("Anna")));
    assert_eq!((&body["has_password"], &body["sign_ins_complete"]), (&json!(true), &json!(true)));
    let sessions = body["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 2, "{body}");
    assert_eq!(sessions.iter().filter(|one| one["ended_at"].is_string()).count(), 1, "{body}");
    assert_eq!(body["sign_ins"].as_array().unwrap().len(), 3, "{body}");
    assert_eq!(body["events"][0]["kind"], "data_exported");
    let text = reply.text();
    for secret in ["argon2", "hash", &user.password, &who.refresh, &who.access] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    assert!(reply.header("cache-control").contains("no-store"));
}

#[tokio::test]
async fn an_account_is_exported_once_a_day() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let who = app.signed_in(&user).await;
    export(&app, &who).await.assert_status(200);
    let refused = export(&app, &who).await;
    refused.assert_problem(429, "auth.exported_recently");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((86_000..=86_400).contains(&wait), "{wait}");
    export(&app, &app.signed_in(&app.user().await).await).await.assert_status(200);
    app.advance(DAY);
    export(&app, &app.signed_in(&user).await).await.assert_status(200);
}

#[tokio::test]
async fn an_export_is_mailed_to_its_owner_and_a_refused_one_is_not() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let who = app.signed_in(&user).await;
    export(&app, &who).await.assert_status(200);
    export(&app, &who).await.assert_problem(429, "auth.exported_recently");
    let mails = app.mails_to(&user.email).await;
    assert!(matches!(mails.as_slice(), [mail] if mail.notification == Notification::DataExported), "{mails:?}");
}

#[tokio::test]
async fn of_concurrent_exports_one_is_answered() {
    let app = TestApp::start().await;
    let who = app.signed_in(&app.user().await).await;
    let replies = futures_util::future::join_all((0..8).map(|_| export(&app, &who))).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
}

#[tokio::test]
async fn a_session_that_is_not_fresh_exports_nothing() {
    let app = TestApp::start().await;
    let who = app.signed_in(&app.user().await).await;
    app.advance(Duration::from_secs(601));
    let who = SignedIn::from(&app.refresh(&who.refresh).await.assert_status(200));
    export(&app, &who).await.assert_problem(403, "auth.session_not_fresh");
}
