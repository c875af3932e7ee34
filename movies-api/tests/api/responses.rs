//! Properties of every response: a request id, and problems for unknown paths and wrong verbs.

use contracts::endpoint::Method;
use contracts::{health, movies};
use reqwest::Method as Verb;
use uuid::Uuid;

use crate::app::TestApp;

#[tokio::test]
async fn an_unknown_path_is_a_problem() {
    let app = TestApp::start().await;

    for path in [
        "/",
        "/api",
        "/api/v1",
        "/api/v1/films/",
        "/api/v2/films",
        "/api/v1/Films",
        "//api/v1/films",
        "/api/v1/films/a/b/c",
        "/%2e%2e",
        "/api/v1/genres//",
    ] {
        app.get(path).send().await.assert_problem(404, "request.no_such_route");
    }
    for verb in [Verb::POST, Verb::PUT, Verb::DELETE, Verb::PATCH, Verb::OPTIONS] {
        app.request(verb, "/nowhere").send().await.assert_problem(404, "request.no_such_route");
    }
}

#[tokio::test]
async fn a_wrong_verb_names_the_right_ones() {
    let app = TestApp::start().await;
    let endpoints: Vec<_> = movies::ENDPOINTS.iter().chain(health::ENDPOINTS).collect();

    for endpoint in &endpoints {
        let id = Uuid::now_v7().to_string();
        let path = endpoint.path.replace("{film_id}", &id).replace("{person_id}", &id).replace("{genre}", "war");
        let right: Vec<Method> =
            endpoints.iter().filter(|other| other.path == endpoint.path).map(|other| other.method).collect();
        for verb in [Method::Get, Method::Post, Method::Put, Method::Patch, Method::Delete] {
            if right.contains(&verb) {
                continue;
            }
            let reply = app.request(verb.as_str().parse().expect("a verb"), &path).send().await;
            reply.assert_problem(405, "request.method_not_allowed");
            let mut allowed: Vec<_> = reply.header("allow").split(", ").collect();
            let head = right.contains(&Method::Get).then_some("HEAD");
            let mut wanted: Vec<_> = right.iter().map(|verb| verb.as_str()).chain(head).collect();
            allowed.sort_unstable();
            wanted.sort_unstable();
            assert_eq!(allowed, wanted, "{} {path}", verb.as_str());
        }
    }
}

#[tokio::test]
async fn a_request_id_is_generated_for_each_response() {
    let app = TestApp::start().await;
    let mut seen = Vec::new();

    for path in ["/api/v1/films", "/api/v1/films/42", "/nowhere", "/readyz", "/api/v1/films/changes"] {
        let reply = app.get(path).send().await;
        let id = Uuid::parse_str(reply.header("x-request-id")).expect("a UUID");
        assert_eq!(id.get_version_num(), 7);
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        seen.push(id);
    }

    seen.dedup();
    assert_eq!(seen.len(), 5);
}

#[tokio::test]
async fn a_well_formed_request_id_is_returned_and_another_is_replaced() {
    let app = TestApp::start().await;
    let editor = app.editor();

    for path in ["/api/v1/films", "/api/v1/films?page=0", "/nowhere", "/livez"] {
        let reply = app.get(path).header("x-request-id", "tv-42_a.B").send().await;
        assert_eq!(reply.header("x-request-id"), "tv-42_a.B", "{path}");
        for bad in ["", "a b", "a\tb", "ы", "<x>", &"x".repeat(129)] {
            let reply = app.get(path).header("x-request-id", bad).send().await;
            assert!(Uuid::parse_str(reply.header("x-request-id")).is_ok(), "{path} {bad:?}");
        }
    }
    let id = app.film("Solaris");
    let version = app.body(&format!("/api/v1/films/{id}")).await["film"]["version"].clone();
    let path = format!("/api/v1/films/{id}?version={version}");
    let deleted = app.delete(&path).bearer(&editor).header("x-request-id", "deleted").send().await;
    assert_eq!((deleted.status.as_u16(), deleted.header("x-request-id")), (204, "deleted"));
    let problem = app.get(&format!("/api/v1/films/{id}")).header("x-request-id", "lost").send().await;
    assert_eq!(problem.assert_problem(404, "movies.film_not_found")["request_id"], "lost");
}

#[tokio::test]
async fn an_unexpected_body_is_ignored() {
    let app = TestApp::start().await;

    let reply = app.get("/api/v1/films").body("application/json", "{\"page_size\": 1}").send().await;

    assert_eq!(reply.assert_status(200)["items"].as_array().expect("a list").len(), 20);
}
