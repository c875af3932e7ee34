//! `GET /api/v1/status`.

use chrono::{DateTime, Utc};
use serde_json::json;
use service_kit::{Clock, SystemClock};

use crate::app::TestApp;

#[tokio::test]
async fn a_healthy_service_passes_in_every_part() {
    let app = TestApp::start().await;

    let reply = app.get("/api/v1/status").send().await;

    let status = reply.assert_status(200);
    assert_eq!(reply.header("cache-control"), "private, no-store");
    assert_eq!((&status["status"], &status["version"]), (&json!("pass"), &json!(env!("CARGO_PKG_VERSION"))));
    assert_eq!((&status["auth"]["status"], &status["auth"]["breaker"]), (&json!("pass"), &json!("closed")));
    assert_eq!(status["auth"]["reachable"], true);
    assert_eq!((&status["catalogue"]["status"], &status["catalogue"]["films"]), (&json!("pass"), &json!(60)));
    let checked: DateTime<Utc> = serde_json::from_value(status["catalogue"]["checked_at"].clone()).expect("a time");
    assert!((SystemClock.now() - checked).num_seconds().abs() < 60, "{checked}");
}

#[tokio::test]
async fn the_status_ignores_tokens() {
    let app = TestApp::start().await;

    for header in ["Bearer nonsense", "Basic eDp5", ""] {
        app.get("/api/v1/status").header("authorization", header).send().await.assert_status(200);
    }
    assert!(app.auth.recorded_calls().is_empty());
}

#[tokio::test]
async fn the_status_counts_added_films() {
    let app = TestApp::start().await;
    let before = app.body("/api/v1/status").await["catalogue"]["seq"].as_u64().expect("a number");
    let film = json!({"title": "One More", "year": 2000});

    let made = app.post("/api/v1/films").bearer(&app.editor()).json(&film).send().await.assert_status(201);

    let catalogue = app.body("/api/v1/status").await["catalogue"].clone();
    assert_eq!((&catalogue["films"], &catalogue["seq"]), (&json!(61), &made["film"]["version"]));
    assert!(catalogue["seq"].as_u64() > Some(before));
}
