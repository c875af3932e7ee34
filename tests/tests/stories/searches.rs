//! A flood of searches for words of no film: members stay members, and only searches are rejected.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use service_kit::testing::TestClient;
use tests::garbage;
use tests::services::{Service, sign_in};
use tokio::task::JoinSet;

use crate::load::turn;
use crate::outage::import;

const PASSWORD: &str = "a long enough one";
const SEARCHERS: u64 = 200;
/// Requests of members beside the flood.
const REQUESTS: usize = 300;

/// Searches until `stop`; returns the numbers of answered and rejected searches.
async fn search(movies: TestClient, seed: u64, stop: Arc<AtomicBool>) -> (u64, u64) {
    let (mut answered, mut rejected) = (0, 0);
    for path in garbage::searches(seed) {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let reply = movies.get(&path).send().await;
        if reply.status == 200 {
            answered += 1;
        } else {
            reply.assert_problem(503, "movies.search_busy");
            rejected += 1;
        }
    }
    (answered, rejected)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_stay_members_while_two_hundred_search_for_garbage() {
    let _turn = turn().await;
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path();
    assert!(import(data).await.success());
    let auth = Service::auth(data, "127.0.0.1:0");
    let variables = [
        ("MOVIES_DATA_DIR", data.display().to_string()),
        ("MOVIES_LISTEN", "127.0.0.1:0".to_owned()),
        ("MOVIES_AUTH_URL", format!("http://{}", auth.address)),
        ("MOVIES_AUTH_TIMEOUT", "5s".to_owned()), // unoptimised programs on a busy machine are slow
        ("MOVIES_LIMITS", "off".to_owned()),      // all of the flood comes from one address
    ];
    let movies = Service::start("movies-api", &variables);
    auth.ready().await;
    movies.ready().await;
    let person = serde_json::json!({"email": "ann@example.org", "password": PASSWORD});
    auth.client.post("/api/v1/users").json(&person).send().await.assert_status(201);
    let token = sign_in(&auth.client, "ann@example.org", PASSWORD).await;

    let (stop, mut flood) = (Arc::new(AtomicBool::new(false)), JoinSet::new());
    for seed in 0..SEARCHERS {
        flood.spawn(search(movies.client.clone(), seed, Arc::clone(&stop)));
    }
    let mut members = 0;
    for number in 0..REQUESTS {
        let path = ["/api/v1/films?page_size=5", "/api/v1/genres"][number % 2];
        let answer = movies.client.get(path).bearer(&token).send().await.assert_status(200);
        members += usize::from(answer["viewer"]["mode"] == "member");
    }
    stop.store(true, Ordering::Relaxed);
    let (mut answered, mut rejected) = (0, 0);
    while let Some(seen) = flood.join_next().await {
        let seen = seen.expect("a search is answered or rejected as busy");
        (answered, rejected) = (answered + seen.0, rejected + seen.1);
    }

    assert!(
        members * 100 >= REQUESTS * 99,
        "{members} of {REQUESTS} beside {answered} searches, and {rejected} rejected"
    );
    assert!(answered > 0, "some searches are answered");
    let status = movies.client.get("/api/v1/status").send().await.assert_status(200);
    assert_eq!(status["auth"]["breaker"], "closed");
}
