//! Routes that require permission `films.write` fail closed.

use contracts::auth::oauth::{IntrospectResponse, Subject};
use contracts::ids::{SessionId, UserId};
use serde_json::json;

use crate::app::TestApp;
use crate::auth_stand_in::Failure;
use crate::routes::{self, Call};

#[tokio::test]
async fn without_a_token_requests_are_rejected() {
    let app = TestApp::start().await;

    for call in routes::editors(&app) {
        let reply = call.on(&app).send().await;
        reply.assert_problem(401, "auth.token_missing");
        assert_eq!(reply.header("www-authenticate"), "Bearer", "{}", call.endpoint.id);
    }
}

#[tokio::test]
async fn permission_comes_before_whatever_else_is_wrong() {
    let app = TestApp::start().await;
    let member = app.aged(30);

    for call in routes::editors(&app) {
        let bad = Call {
            path: format!("{}{}colour=red", call.path, if call.path.contains('?') { '&' } else { '?' }),
            ..call
        };
        for _ in 0..5 {
            let (id, request) = (bad.endpoint.id, || bad.bare(&app).body("application/json", "["));
            assert_eq!(request().send().await.assert_problem(401, "auth.token_missing")["status"], 401, "{id}");
            let reply = request().bearer("a.bad.token").send().await;
            assert_eq!(reply.status, 401, "{id}: {}", reply.text());
            let reply = request().bearer(&member).header("if-match", "\"x\"").send().await;
            assert_eq!(reply.status, 403, "{id}: {}", reply.text());
        }
    }
    for call in routes::optional(&app) {
        let path = format!("{}{}colour=red", call.path, if call.path.contains('?') { '&' } else { '?' });
        app.get(&path).bearer("a.bad.token").send().await.assert_problem(401, "auth.token_invalid");
    }
}

#[tokio::test]
async fn another_permission_is_not_enough() {
    let app = TestApp::start().await;
    let before = app.body("/api/v1/status").await["catalogue"]["seq"].clone();

    let similar = ["films", "Films.write", "films.write ", "films.write.all", "roles.manage", "editor", "admin", ""];
    for permissions in [&[][..], &["films.play_subscription"], &similar] {
        let token = app.auth.token(Some(40), permissions);
        for call in routes::editors(&app) {
            let reply = call.on(&app).bearer(&token).send().await;
            assert_eq!(reply.status, 403, "{} with {permissions:?}", call.endpoint.id);
            reply.assert_problem(403, "auth.forbidden");
            assert!(reply.header("www-authenticate").contains("insufficient_scope"), "{}", call.endpoint.id);
        }
    }
    assert_eq!(app.body("/api/v1/status").await["catalogue"]["seq"], before, "nothing was written");
}

#[tokio::test]
async fn the_permission_is_enough() {
    let app = TestApp::start().await;
    let token = app.auth.token(None, &["films.write"]);

    app.get("/api/v1/films/changes").bearer(&token).send().await.assert_status(200);
    let film = json!({"title": "By permission", "year": 2000});
    app.post("/api/v1/films").bearer(&token).json(&film).send().await.assert_status(201);
}

#[tokio::test]
async fn an_answer_without_permissions_allows_nothing() {
    let app = TestApp::start().await;
    let roles = Some(vec!["editor".to_owned(), "admin".to_owned()]);
    let (sub, sid) = (Some(Subject::User(UserId::new())), Some(SessionId::new()));
    let answer = IntrospectResponse { active: true, sub, sid, exp: Some(1), roles, ..Default::default() };
    app.auth.set_response("of.old.times", answer);

    let reply = app.get("/api/v1/films/changes").bearer("of.old.times").send().await;
    reply.assert_problem(403, "auth.forbidden");
}

#[tokio::test]
async fn while_callers_cannot_be_identified_nothing_is_written() {
    let app = TestApp::start_with(&["--auth-timeout", "250ms"]).await;
    let editor = app.editor();
    let calls = routes::editors(&app);
    let before = app.body("/api/v1/status").await["catalogue"]["seq"].clone();

    for failure in Failure::ALL {
        for call in &calls {
            app.auth.fail(failure).await;
            let reply = call.on(&app).bearer(&editor).send().await;
            app.auth.recover();
            for _ in 0..4 {
                app.get("/api/v1/genres").bearer("some.bad.token").send().await;
            }

            let context = format!("{} while auth-service {failure:?}", call.endpoint.id);
            assert_eq!(reply.status, 503, "{context}: {}", reply.text());
            let problem = reply.assert_problem(503, "auth.unavailable");
            let seconds: u64 = reply.header("retry-after").parse().unwrap_or_else(|_| panic!("{context}: Retry-After"));
            assert!((1..=15).contains(&seconds), "{context}");
            assert!(problem["retry_after_ms"].as_u64().is_some_and(|ms| ms.div_ceil(1000) == seconds), "{problem}");
            assert_eq!(reply.header("www-authenticate"), "", "{context}");
        }
    }
    assert_eq!(app.body("/api/v1/status").await["catalogue"]["seq"], before, "nothing was written");
}
