//! Requests that no endpoint can read.

use reqwest::Method;
use serde_json::json;

use crate::app::TestApp;

const WITH_BODY: [&str; 3] = ["/api/v1/users", "/api/v1/sessions", "/api/v1/sessions/refresh"];

#[tokio::test]
async fn what_is_no_json_is_named_as_such() {
    let app = TestApp::start().await;
    for path in WITH_BODY {
        for body in [&b""[..], b"{", b"{\"", b"\xff\xfe", b"nul"] {
            let reply = app.post(path).body("application/json", body).send().await;
            reply.assert_problem(400, "request.malformed_json");
        }
    }
}

#[tokio::test]
async fn other_json_than_it_should_be_is_named_field_by_field() {
    let app = TestApp::start().await;
    for path in WITH_BODY {
        for body in ["[]", "null", "1", "{}", "{\"email\":1}", "{\"surprise\":1}", "\"text\""] {
            let reply = app.post(path).body("application/json", body).send().await;
            reply.assert_problem(422, "request.invalid_fields");
        }
    }
}

#[tokio::test]
async fn deeply_nested_json_is_refused_and_the_service_lives_on() {
    let app = TestApp::start().await;
    let reply = app.post("/api/v1/users").body("application/json", "[".repeat(60_000)).send().await;
    assert_eq!(reply.status.as_u16() / 100, 4, "{}", reply.text());
    app.get("/livez").send().await.assert_status(200);
}

#[tokio::test]
async fn another_content_type_is_refused() {
    let app = TestApp::start().await;
    for path in WITH_BODY {
        for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"] {
            let reply = app.post(path).body(kind, "{}").send().await;
            reply.assert_problem(415, "request.unsupported_media_type");
        }
    }
}

#[tokio::test]
async fn a_body_of_two_megabytes_is_refused() {
    let app = TestApp::start().await;
    for path in WITH_BODY {
        let body = json!({"email": "a@example.org", "password": "x".repeat(2 * 1024 * 1024)}).to_string();
        let reply = app.post(path).body("application/json", body).send().await;
        reply.assert_problem(413, "request.body_too_large");
    }
}

#[tokio::test]
async fn unknown_paths_and_wrong_verbs_are_told_apart() {
    let app = TestApp::start().await;
    app.get("/api/v1/nothing").send().await.assert_problem(404, "request.no_such_route");
    let reply = app.request(Method::PATCH, "/api/v1/users").send().await;
    reply.assert_problem(405, "request.method_not_allowed");
    assert_eq!(reply.header("allow"), "POST");
}

#[tokio::test]
async fn unknown_query_parameters_are_refused() {
    let app = TestApp::start().await;
    let reply = app.post("/api/v1/sessions?x=1").json(&json!({"email": "a@b", "password": "x"})).send().await;
    reply.assert_problem(400, "request.invalid_query");
}
