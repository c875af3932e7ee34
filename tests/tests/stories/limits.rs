//! Redis dies under load: limits keep holding, and no request fails.

use std::path::Path;
use std::time::{Duration, Instant};

use limiter_lib::testing::RedisServer;
use service_kit::testing::{TestClient, TestReply, eventually};
use tests::process::Process;
use tests::services::{Service, limits_file, sign_in};

use crate::load::{Load, turn};

const BOUND: Duration = Duration::from_secs(60);
const PASSWORD: &str = "a long enough one";
/// More than the load ever uses.
const WIDE: &str = "100000/1s";

/// auth-service with one worker, so with one connection to Redis.
fn auth(data: &Path, redis: &RedisServer) -> Service {
    let limits = [("log_in_guess", "6/60h"), ("log_in", WIDE), ("sign_up", WIDE)];
    Service::start(
        "auth-service",
        &[
            ("AUTH_DATA_DIR", data.display().to_string()),
            ("AUTH_LISTEN", "127.0.0.1:0".to_owned()),
            ("AUTH_WORKERS", "1".to_owned()),
            ("AUTH_LIMITS_FILE", limits_file(data, "auth.toml", &limits)),
            ("AUTH_REDIS_URL", redis.url()),
        ],
    )
}

fn movies(data: &Path, auth: &str, redis: &RedisServer) -> Service {
    Service::start(
        "movies-api",
        &[
            ("MOVIES_DATA_DIR", data.display().to_string()),
            ("MOVIES_LISTEN", "127.0.0.1:0".to_owned()),
            ("MOVIES_AUTH_URL", format!("http://{auth}")),
            ("MOVIES_AUTH_TIMEOUT", "5s".to_owned()), // a busy machine must not cause timeouts
            ("MOVIES_LIMITS_FILE", limits_file(data, "movies.toml", &[("catalogue", WIDE), ("search", WIDE)])),
            ("MOVIES_REDIS_URL", redis.url()),
        ],
    )
}

async fn guess(auth: &TestClient, email: &str) -> TestReply {
    let body = serde_json::json!({"email": email, "password": "not the right one"});
    auth.post("/api/v1/sessions").json(&body).send().await
}

async fn no_more_guesses(auths: &[&Service], email: &str, when: &str) {
    for auth in auths {
        let reply = guess(&auth.client, email).await;
        assert_eq!(reply.status, 429, "{when}: {}", reply.text());
        assert_eq!(reply.json()["violated-policies"], serde_json::json!(["log_in_guess"]), "{when}");
    }
}

/// Batches that Redis has decided so far.
fn decided(redis: &RedisServer) -> i64 {
    let stats = redis.command(&["INFO", "commandstats"]);
    let line = stats.lines().find_map(|line| line.strip_prefix("cmdstat_evalsha:")).unwrap_or_default();
    let figure = |name: &str| -> i64 {
        line.split(',').find_map(|part| part.strip_prefix(name)).map_or(0, |value| value.parse().expect("a number"))
    };
    figure("calls=") - figure("failed_calls=")
}

async fn limits_status(service: &Service) -> serde_json::Value {
    service.client.get("/api/v1/status").send().await.assert_status(200)["limits"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_dies_and_recovers_under_load_and_no_request_fails() {
    let _turn = turn().await;
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path();
    let mut redis = RedisServer::start();
    let one = auth(data, &redis);
    one.ready().await;
    let two = auth(data, &redis);
    let movies = movies(data, &one.address, &redis);
    two.ready().await;
    movies.ready().await;

    let person = serde_json::json!({"email": "ann@example.org", "password": PASSWORD});
    one.client.post("/api/v1/users").json(&person).send().await.assert_status(201);
    let member = sign_in(&one.client, "ann@example.org", PASSWORD).await;
    for service in [&one, &two] {
        eventually("Redis counts for this service", BOUND, async || {
            let before = decided(&redis);
            sign_in(&service.client, "ann@example.org", PASSWORD).await;
            // A reservation and the refund for a right password. An empty Redis first gives replicas time to restore
            // their state, and each counts locally meanwhile.
            let by_redis = decided(&redis) >= before + 2 && limits_status(service).await["degraded"] == false;
            by_redis && redis.answers(&["ZCARD", "rl1-auth:{replicas}"], ":2\r\n")
        })
        .await;
    }
    let mut guesses = 0;
    for turn in 0..14 {
        let auth = if turn % 2 == 0 { &one } else { &two };
        guesses += usize::from(guess(&auth.client, "ann@example.org").await.status == 401);
    }
    // A request that Redis answered after the timeout is counted twice, which happens on a busy machine.
    assert!((1..=6).contains(&guesses), "six for both together, not {guesses}");
    no_more_guesses(&[&one, &two], "ann@example.org", "all are used up").await;

    let found = movies.client.get("/api/v1/films/search?query=godfathr").send().await.assert_status(200);
    let film = found["items"][0]["id"].as_str().expect("an id").to_owned();
    let mut load = Load::start(&movies.client, &member, &film);
    load.settle_as_member(Instant::now(), "all is well").await;

    redis.kill();
    load.settle_as_member(Instant::now(), "Redis is dead").await;
    assert_eq!(limits_status(&movies).await["degraded"], true);
    no_more_guesses(&[&one, &two], "ann@example.org", "Redis is dead").await;
    let other = serde_json::json!({"email": "bob@example.org", "password": PASSWORD});
    two.client.post("/api/v1/users").json(&other).send().await.assert_status(201);
    sign_in(&one.client, "bob@example.org", PASSWORD).await;

    redis.restart();
    load.settle_as_member(Instant::now(), "Redis is back, and empty").await;
    eventually("the status reports it", BOUND, async || limits_status(&movies).await["degraded"] == false).await;
    no_more_guesses(&[&one, &two], "ann@example.org", "restored limits hold").await;

    redis.freeze();
    load.settle_as_member(Instant::now(), "Redis hangs").await;
    redis.thaw();
    load.settle_as_member(Instant::now(), "Redis goes on").await;
}

#[tokio::test]
async fn the_cinema_starts_while_its_redis_is_unavailable() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut redis = RedisServer::start();
    redis.kill();
    let variables = [
        ("CINEMA_DATA_DIR", folder.path().display().to_string()),
        ("CAPTCHA_LISTEN", "127.0.0.1:0".to_owned()),
        ("AUTH_LISTEN", "127.0.0.1:0".to_owned()),
        ("MOVIES_LISTEN", "127.0.0.1:0".to_owned()),
        ("CAPTCHA_LISTEN", "127.0.0.1:0".to_owned()),
        ("AUTH_REDIS_URL", redis.url()),
        ("MOVIES_REDIS_URL", redis.url()),
        ("MOVIES_LIMITS_FILE", limits_file(folder.path(), "limits.toml", &[("search", "2/20h")])),
    ];
    let mut cinema = Process::start("cinema", &[], &variables);
    let line = cinema.line_with("  search ", BOUND);
    let url = line.split_whitespace().nth(1).expect("a word after the label");
    let (base, _) = url.split_once("/api").expect("an address");
    let movies = TestClient::new(base);
    for status in [200, 200, 429] {
        let reply = movies.get("/api/v1/films/search?query=godfathr").send().await;
        assert_eq!(reply.status, status, "{}", reply.text());
    }
}
