//! Header `Authorization`, and the viewer that movies-api derives from it.

use std::sync::Arc;
use std::time::Duration;

use contracts::auth::oauth::{IntrospectResponse, Subject};
use contracts::ids::{SessionId, UserId};
use serde_json::json;
use service_kit::Clock;
use service_kit::testing::{ManualClock, TestReply};

use crate::app::TestApp;
use crate::routes;

const FILMS: &str = "/api/v1/films?page_size=1";

fn assert_bad_token(reply: &TestReply) {
    reply.assert_problem(401, "auth.token_invalid");
    assert_eq!(reply.header("www-authenticate"), "Bearer error=\"invalid_token\"");
    assert_eq!(reply.header("degraded"), "");
}

#[tokio::test]
async fn no_token_is_anonymous_and_auth_service_is_not_called() {
    let app = TestApp::start().await;

    for call in routes::optional(&app) {
        let reply = call.on(&app).send().await;
        assert_eq!(reply.assert_status(200)["viewer"], json!({"mode": "anonymous"}), "{}", call.path);
        assert_eq!(reply.header("degraded"), "");
    }
    assert!(app.auth.recorded_calls().is_empty());
}

#[tokio::test]
async fn a_valid_token_is_a_member_and_is_checked_once_per_request() {
    let app = TestApp::start().await;
    let token = app.aged(30);
    let calls = routes::optional(&app);

    for (number, call) in (1..).zip(&calls) {
        let request = call.on(&app).bearer(&token).header("x-request-id", &format!("request-{number}"));
        let reply = request.send().await;

        assert_eq!(reply.assert_status(200)["viewer"], json!({"mode": "member"}), "{}", call.path);
        assert_eq!(reply.header("degraded"), "");
        let recorded_calls = app.auth.recorded_calls();
        assert_eq!(recorded_calls.len(), number, "{}", call.path);
        let last = &recorded_calls[number - 1];
        assert_eq!(last.token, token);
        assert_eq!(last.request_id, format!("request-{number}"), "the id goes on to auth-service");
        assert!((1..=5000).contains(&last.deadline_ms), "{}", last.deadline_ms);
    }
}

#[tokio::test]
async fn a_bad_token_is_rejected_on_every_route() {
    let app = TestApp::start().await;
    let revoked = app.aged(30);
    app.auth.revoke(&revoked);

    for call in [routes::optional(&app), routes::adults_only(&app), routes::editors(&app)].concat() {
        for token in [revoked.as_str(), "never.ours.atall"] {
            assert_bad_token(&call.on(&app).bearer(token).send().await);
        }
    }
}

#[tokio::test]
async fn an_active_response_without_subject_or_expiry_does_not_make_a_token_bad() {
    let app = TestApp::start().await;
    let permissions = Some(vec!["films.write".to_owned()]);
    let (sub, sid) = (Some(Subject::User(UserId::new())), Some(SessionId::new()));
    let active = IntrospectResponse { active: true, sub, sid, exp: Some(1), permissions, ..Default::default() };
    app.auth.set_response("without.a.subject", IntrospectResponse { sub: None, ..active.clone() });
    app.auth.set_response("without.an.end", IntrospectResponse { exp: None, ..active.clone() });
    app.auth.set_response("not.active.now", IntrospectResponse { active: false, ..active });

    for token in ["without.a.subject", "without.an.end"] {
        let reply = app.get(FILMS).bearer(token).send().await;
        let viewer = json!({"mode": "degraded", "reason": "error_answer"});
        assert_eq!(reply.assert_status(200)["viewer"], viewer, "clients keep the session");
        let editor = app.get("/api/v1/films/changes").bearer(token).send().await;
        editor.assert_problem(503, "auth.unavailable");
    }
    assert_bad_token(&app.get(FILMS).bearer("not.active.now").send().await);
    assert_bad_token(&app.get("/api/v1/films/changes").bearer("not.active.now").send().await);
}

#[tokio::test]
async fn a_header_without_a_bearer_token_is_a_bad_token_not_a_missing_one() {
    let app = TestApp::start().await;

    for header in [
        "",
        " ",
        "Bearer",
        "Bearer ",
        "Bearer  ",
        "Basic bW92aWVzOnNlY3JldA==",
        "Bearer one two",
        "Bearer a.b",
        "Bearer a.b.c.d",
        "Bearer a..c",
        "Bearer a.b.c=",
        "Bearer a.b.c,Bearer d.e.f",
        "Bearer\ta.b.c",
        "bearer:a.b.c",
        "Token a.b.c",
        "a.b.c",
        "null",
        "Bearer undefined",
        "Bearer тест.тест.тест",
        "Bearer a.b.c%00",
        "Bearer ../.././",
    ] {
        let reply = app.get(FILMS).header("authorization", header).send().await;
        assert_eq!(reply.status, 401, "{header:?}: {}", reply.text());
        assert_bad_token(&reply);
    }
    assert!(app.auth.recorded_calls().is_empty(), "nothing of this can be a token: {:?}", app.auth.recorded_calls());
}

#[tokio::test]
async fn the_scheme_is_read_in_any_case() {
    let app = TestApp::start().await;
    let token = app.aged(30);

    for scheme in ["Bearer", "bearer", "BEARER"] {
        let reply = app.get(FILMS).header("authorization", &format!("{scheme} {token}")).send().await;
        assert_eq!(reply.assert_status(200)["viewer"]["mode"], "member", "{scheme}");
    }
}

#[tokio::test]
async fn two_authorization_headers_are_rejected() {
    let app = TestApp::start().await;
    let (one, two) = (format!("Bearer {}", app.aged(30)), format!("Bearer {}", app.editor()));

    for (first, second) in [(&one, &two), (&one, &one), (&one, &"Basic eDp5".to_owned())] {
        let reply = app.get(FILMS).header("authorization", first).header("authorization", second).send().await;
        assert_bad_token(&reply);
    }
    assert!(app.auth.recorded_calls().is_empty());
}

#[tokio::test]
async fn a_token_of_ten_thousand_characters_is_rejected_without_a_check() {
    let app = TestApp::start().await;
    let token = format!("a.{}.c", "b".repeat(9_996));

    assert_bad_token(&app.get(FILMS).bearer(&token).send().await);
    assert_bad_token(&app.get("/api/v1/films/changes").bearer(&token).send().await);

    assert!(app.auth.recorded_calls().is_empty());
}

#[tokio::test]
async fn a_revoked_token_is_rejected_at_the_next_request() {
    let app = TestApp::start().await;
    let token = app.aged(30);
    assert_eq!(app.read(FILMS, Some(&token)).await.assert_status(200)["viewer"]["mode"], "member");

    app.auth.revoke(&token);

    assert_bad_token(&app.read(FILMS, Some(&token)).await);
}

#[tokio::test]
async fn two_callers_on_one_connection_keep_their_own_rights() {
    let app = TestApp::start().await;
    let (child, adult) = (app.aged(6), app.aged(18));
    let total = async |token: Option<&str>| {
        app.read("/api/v1/films?total=true", token).await.assert_status(200)["total"].as_u64().expect("a total")
    };

    for _ in 0..20 {
        let (of_child, of_adult, of_anonymous) =
            futures_util::join!(total(Some(&child)), total(Some(&adult)), total(None));
        assert_eq!((of_child, of_adult, of_anonymous), (14, 60, 50));
    }
}

#[tokio::test]
async fn a_cached_token_is_checked_once() {
    let app = TestApp::start_with(&["--auth-cache-ttl", "30s"]).await;
    let (token, other) = (app.aged(18), app.aged(6));

    for _ in 0..5 {
        let films = app.read("/api/v1/films?total=true", Some(&token)).await.assert_status(200);
        assert_eq!(films["total"], 60);
        let films = app.read("/api/v1/films?total=true", Some(&other)).await.assert_status(200);
        assert_eq!(films["total"], 14);
    }

    assert_eq!(app.auth.recorded_calls().len(), 2);
    for _ in 0..2 {
        assert_bad_token(&app.read(FILMS, Some("never.ours.atall")).await);
    }
    assert_eq!(app.auth.recorded_calls().len(), 4, "a bad token is not remembered");
}

#[tokio::test]
async fn a_cached_token_ends_at_its_expiry() {
    let clock: Arc<ManualClock> = Arc::default();
    let app = TestApp::start_at(Arc::clone(&clock), &["--auth-cache-ttl", "30s"]).await;
    let (token, exp) = ("a.short.token", clock.now().timestamp() + 5);
    let (sub, sid) = (Some(Subject::User(UserId::new())), Some(SessionId::new()));
    let answer = IntrospectResponse { active: true, sub, sid, exp: Some(exp), ..Default::default() };
    app.auth.set_response(token, answer);
    for _ in 0..2 {
        assert_eq!(app.read(FILMS, Some(token)).await.assert_status(200)["viewer"]["mode"], "member");
        clock.advance(Duration::from_secs(2));
    }
    assert_eq!(app.auth.recorded_calls().len(), 1, "the second answer was cached");

    clock.advance(Duration::from_secs(1));
    app.auth.revoke(token); // inactive, as auth-service says of every expired token

    assert_bad_token(&app.read(FILMS, Some(token)).await);
}
