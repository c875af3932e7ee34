//! Limits on searches, lists and editors.

use std::time::Duration;

use limiter_lib::testing::RedisServer;
use serde_json::{Value, json};
use service_kit::testing::{TestReply, eventually};
use tempfile::TempDir;
use uuid::Uuid;

use crate::app::TestApp;

const SEARCH: &str = "/api/v1/films/search?query=solaris";
const BOUND: Duration = Duration::from_secs(20);

/// A service with this policy file, and the folder of the file.
async fn limited(file: &str, more: &[&str]) -> (TestApp, TempDir) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = folder.path().join("limits.toml");
    std::fs::write(&path, file).expect("a file can be written");
    let path = path.to_str().expect("the folder's name is text");
    let app = TestApp::start_with(&[&["--limits", "on", "--limits-file", path], more].concat()).await;
    (app, folder)
}

fn violated_policies(reply: &TestReply) -> Value {
    reply.assert_problem(429, "request.rate_limited")["violated-policies"].clone()
}

#[tokio::test]
async fn searches_and_lists_are_counted_separately_and_rejections_name_the_policy() {
    let (app, _file) = limited("policies.search.quota = '2/2h'\npolicies.catalogue.quota = '3/3h'", &[]).await;

    for path in [SEARCH, "/api/v1/persons/search?query=lem"] {
        let reply = app.get(path).send().await;
        reply.assert_status(200);
        assert!(reply.header("ratelimit-policy").starts_with("\"search\";q=2;w=7200"), "{:?}", reply.headers);
    }
    let refused = app.get(SEARCH).send().await;
    assert_eq!(violated_policies(&refused), json!(["search"]));
    assert!(refused.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds > 3000), "{:?}", refused.headers);
    for path in ["/api/v1/films", "/api/v1/genres", "/api/v1/status"] {
        app.get(path).send().await.assert_status(200);
    }
    assert_eq!(violated_policies(&app.get("/api/v1/films").send().await), json!(["catalogue"]));
    app.get("/readyz").send().await.assert_status(200);
}

#[tokio::test]
async fn a_client_cannot_choose_its_address_and_a_trusted_proxy_can() {
    for (proxies, second) in [("", 429), ("127.0.0.1", 200)] {
        let (app, _file) = limited("policies.search.quota = '1/1h'", &["--trusted-proxies", proxies]).await;
        let from = async |address: &str| app.get(SEARCH).header("x-forwarded-for", address).send().await.status;
        assert_eq!(from("192.0.2.1").await, 200);
        assert_eq!(from("192.0.2.2").await, second, "{proxies}");
        assert_eq!(from("192.0.2.1").await, 429);
    }
}

#[tokio::test]
async fn editors_are_counted_one_by_one_and_other_callers_are_not() {
    let (app, _file) = limited("policies.editor.quota = '2/2h'", &[]).await;
    let (one, two) = (app.editor(), app.editor());
    let film = format!("/api/v1/films/{}", Uuid::now_v7());

    for _ in 0..2 {
        app.delete(&film).bearer(&one).send().await.assert_problem(404, "movies.film_not_found");
    }
    assert_eq!(violated_policies(&app.delete(&film).bearer(&one).send().await), json!(["editor"]));
    app.delete(&film).bearer(&two).send().await.assert_problem(404, "movies.film_not_found");
    app.get("/api/v1/films").bearer(&one).send().await.assert_status(200);
    app.delete(&film).send().await.assert_problem(401, "auth.token_missing");
}

#[tokio::test]
async fn members_can_be_counted_without_anonymous_callers() {
    let file = "[policies.members]\nquota = '1/1h'\nper = 'user'\nendpoints = ['list_films']";
    let (app, _file) = limited(file, &[]).await;
    let member = app.aged(30);

    app.read("/api/v1/films", Some(&member)).await.assert_status(200);
    assert_eq!(violated_policies(&app.read("/api/v1/films", Some(&member)).await), json!(["members"]));
    for _ in 0..3 {
        app.read("/api/v1/films", None).await.assert_status(200);
    }
}

#[tokio::test]
async fn a_not_modified_response_has_no_limit_headers() {
    let (app, _file) = limited("", &[]).await;
    let whole = app.get("/api/v1/genres").send().await;
    assert!(whole.header("ratelimit").starts_with("\"catalogue\";r="), "{:?}", whole.headers);

    let known = app.get("/api/v1/genres").header("if-none-match", whole.header("etag")).send().await;

    assert_eq!((known.status.as_u16(), known.header("ratelimit"), known.header("ratelimit-policy")), (304, "", ""));
}

#[tokio::test]
async fn a_film_night_stays_below_the_defaults() {
    let (app, _file) = limited("", &[]).await;
    for _ in 0..10 {
        for path in ["/api/v1/films", SEARCH, "/api/v1/genres", "/api/v1/persons/search?query=lem"] {
            app.get(path).send().await.assert_status(200);
        }
    }
}

#[tokio::test]
async fn the_status_reports_an_outage_of_redis_while_requests_are_served() {
    let mut redis = RedisServer::start();
    let (app, _file) = limited("", &["--redis-url", &redis.url()]).await;
    let limits = async || app.body("/api/v1/status").await["limits"].clone();
    eventually("Redis decides", BOUND, async || {
        app.get(SEARCH).send().await.assert_status(200);
        redis.answers(&["KEYS", "rl1-movies:*:search:*"], "search")
    })
    .await;
    eventually("all is well", BOUND, async || {
        limits().await == json!({"status": "pass", "shared": true, "degraded": false})
    })
    .await;

    redis.kill();
    eventually("it shows", BOUND, async || {
        app.get("/api/v1/genres").send().await.assert_status(200);
        limits().await == json!({"status": "warn", "shared": true, "degraded": true})
    })
    .await;
    assert_eq!(app.body("/api/v1/status").await["status"], "warn");
    app.get("/readyz").send().await.assert_status(200);

    redis.restart();
    eventually("it is over", BOUND, async || limits().await["degraded"] == false).await;
}

#[tokio::test]
async fn without_redis_the_status_reports_unshared_limits() {
    let app = TestApp::start().await;
    let status = app.body("/api/v1/status").await;
    assert_eq!(status["limits"], json!({"status": "pass", "shared": false, "degraded": false}));
}

#[tokio::test]
async fn a_ready_replica_counts_with_the_others_from_its_first_request() {
    let redis = RedisServer::start();
    let file = "policies.search.quota = '2/1h'";
    let (first, _file) = limited(file, &["--redis-url", &redis.url()]).await;
    for _ in 0..2 {
        first.get(SEARCH).send().await.assert_status(200);
    }

    let (second, _file) = limited(file, &["--redis-url", &redis.url()]).await;

    assert_eq!(violated_policies(&second.get(SEARCH).send().await), json!(["search"]));
}

#[tokio::test]
async fn a_replica_becomes_ready_without_redis() {
    let mut redis = RedisServer::start();
    redis.kill();
    let (app, _file) = limited("", &["--redis-url", &redis.url()]).await;
    app.get("/readyz").send().await.assert_status(200);
}
