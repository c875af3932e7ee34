//! Users sign in continuously while strangers fill the hash queue, and then PostgreSQL hangs: afterwards none of the
//! users counts as a guesser.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::json;
use service_kit::testing::{TestClient, TestReply, eventually};
use tests::postgres::Postgres;
use tests::process::Process;
use tests::services::{Service, limits_file};

use crate::load::turn;

const BOUND: Duration = Duration::from_secs(120);
const PASSWORD: &str = "three cats on a sofa";
const WRONG: &str = "four cats on a sofa";
/// Variable with the seconds for which PostgreSQL hangs; 60 for a long run.
const OUTAGE: &str = "STORY_OUTAGE_SECONDS";
const SHORT_OUTAGE: u64 = 8;
/// Pause between two attempts of one user: fast, but no flood.
const PACE: Duration = Duration::from_millis(50);

/// A user with an account and an address.
struct Client {
    email: String,
    address: String,
}

impl Client {
    async fn log_in(&self, auth: &TestClient, password: &str) -> TestReply {
        let body = json!({"email": self.email, "password": password});
        auth.post("/api/v1/sessions").header("x-forwarded-for", &self.address).json(&body).send().await
    }

    /// Signs in repeatedly until `enough`; returns every response other than 201, 500 and 503.
    async fn keep_signing_in(&self, auth: &TestClient, enough: &AtomicBool) -> Vec<String> {
        let mut rejected = Vec::new();
        while !enough.load(Ordering::Relaxed) {
            let reply = self.log_in(auth, PASSWORD).await;
            if ![201, 500, 503].contains(&reply.status.as_u16()) {
                rejected.push(format!("{} {}", reply.status, reply.text()));
            }
            tokio::time::sleep(PACE).await;
        }
        rejected
    }
}

async fn auth(data: &Path, postgres: &Postgres) -> Service {
    let variables = vec![
        ("AUTH_DATA_DIR", data.display().to_string()),
        ("AUTH_LISTEN", "127.0.0.1:0".to_owned()),
        ("AUTH_DATABASE_URL", postgres.url().to_owned()),
        ("AUTH_MIGRATE", "true".to_owned()),
        ("AUTH_SERVICE_CLIENTS", "movies-api=a-secret-between-services-of-the-story".to_owned()),
        ("AUTH_TRUSTED_PROXIES", "127.0.0.1".to_owned()),
        ("AUTH_HASH_THREADS", "1".to_owned()),
        ("AUTH_HASH_QUEUE", "4".to_owned()),
        // Wide limits for the story's rate of sign-ins; those of guesses, `log_in_guess` and `log_in_account`, stay.
        ("AUTH_LIMITS_FILE", limits_file(data, "limits.toml", &[("log_in", "100000/1s"), ("sign_up", "1000/1s")])),
    ];
    assert!(Process::start("auth-service", &["create-key"], &variables).wait(BOUND).success());
    let auth = Service::start("auth-service", &variables);
    auth.ready().await;
    auth
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::disallowed_methods, reason = "set by whoever runs the tests, no setting of a program")]
async fn a_full_hash_queue_and_a_frozen_postgresql_count_as_no_guesses() {
    let _turn = turn().await;
    let seconds = std::env::var(OUTAGE).ok().and_then(|text| text.parse().ok()).unwrap_or(SHORT_OUTAGE);
    let folder = tempfile::tempdir().expect("a folder");
    let postgres = Postgres::private("");
    let auth = auth(folder.path(), &postgres).await;
    let mut users = Vec::new();
    for number in 0..4 {
        let user = Client { email: format!("person-{number}@example.org"), address: format!("198.51.100.{number}") };
        let body = json!({"email": user.email, "password": PASSWORD});
        auth.client.post("/api/v1/users").json(&body).send().await.assert_status(201);
        users.push(user);
    }
    let (flooded, enough) = (AtomicBool::new(false), AtomicBool::new(false));
    let honest = join_all(users.iter().map(|user| user.keep_signing_in(&auth.client, &enough)));
    let flood = join_all((0..32).map(|number| {
        let stranger = Client { email: format!("nobody-{number}@example.org"), address: format!("203.0.113.{number}") };
        let (auth, flooded) = (&auth.client, &flooded);
        async move {
            while !flooded.load(Ordering::Relaxed) {
                stranger.log_in(auth, WRONG).await;
            }
        }
    }));
    let outage = async {
        let busy = async || auth.process.all_with("\"status\":503").len() >= 20;
        eventually("the hash queue is full", BOUND, busy).await;
        flooded.store(true, Ordering::Relaxed);
        postgres.signal("STOP");
        let until = Instant::now() + Duration::from_secs(seconds);
        eventually("the outage is over", BOUND, async || Instant::now() >= until).await;
        postgres.signal("CONT");
        for user in &users {
            let recovered = async || user.log_in(&auth.client, PASSWORD).await.status == 201;
            eventually("users sign in again", BOUND, recovered).await;
        }
        enough.store(true, Ordering::Relaxed);
    };
    let (rejected, _, ()) = tokio::join!(honest, flood, outage);
    assert_eq!(rejected.concat(), [""; 0], "users got responses other than 201, 500 and 503");
    for user in &users {
        let reply = user.log_in(&auth.client, PASSWORD).await;
        reply.assert_status(201);
        let left = reply.header("ratelimit");
        assert!(left.contains("\"log_in_guess\";r=10;"), "the budget of {} is unused: {left}", user.email);
    }
}
