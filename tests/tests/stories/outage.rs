//! auth-service dies, and later hangs, under load: users still find films, in degraded mode.

use std::process::ExitStatus;
use std::time::{Duration, Instant};

use service_kit::testing::{TestClient, eventually};
use tests::films;
use tests::process::Process;
use tests::services::{Service, sign_in};

use crate::load::{Load, turn};

const BOUND: Duration = Duration::from_secs(60);

pub async fn import(data: &std::path::Path) -> ExitStatus {
    let file = films::file(data);
    let data = data.display().to_string();
    let path = file.display().to_string();
    let mut import = Process::start("movies-api", &["import", &path], &[("MOVIES_DATA_DIR", data)]);
    import.wait(Duration::from_secs(180))
}

async fn write_is_refused(movies: &TestClient, admin: &str) {
    let film = serde_json::json!({"title": "Never Written", "year": 2020});
    let reply = movies.post("/api/v1/films").bearer(admin).json(&film).send().await;
    reply.assert_problem(503, "auth.unavailable");
    let seconds: u32 = reply.header("retry-after").parse().expect("whole seconds");
    assert!(seconds >= 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn films_are_found_while_auth_is_dead_and_while_it_hangs() {
    let _turn = turn().await;
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path();
    assert!(import(data).await.success());
    let mut auth = Service::auth(data, "127.0.0.1:0");
    let movies = Service::movies(data, &auth.address);
    auth.ready().await;
    movies.ready().await;

    let person = serde_json::json!({"email": "ann@example.org", "password": "a long enough one"});
    auth.client.post("/api/v1/users").json(&person).send().await.assert_status(201);
    let member = sign_in(&auth.client, "ann@example.org", "a long enough one").await;
    let password = data.join("admin.password");
    std::fs::write(&password, "an administrator's one\n").expect("a file");
    let variables = [("AUTH_DATA_DIR", data.display().to_string())];
    let arguments = ["create-admin", "root@example.org", "--password-file", &password.display().to_string()];
    assert!(Process::start("auth-service", &arguments, &variables).wait(BOUND).success());
    let editor = ["grant-role", "root@example.org", "editor"];
    assert!(Process::start("auth-service", &editor, &variables).wait(BOUND).success());
    let admin = sign_in(&auth.client, "root@example.org", "an administrator's one").await;

    let found =
        movies.client.get("/api/v1/films/search?query=godfathr").bearer(&member).send().await.assert_status(200);
    assert_eq!(found["viewer"]["mode"], "member");
    assert_eq!((&found["items"][0]["title"], &found["items"][0]["year"]), (&"The Godfather".into(), &1972.into()));
    let film = found["items"][0]["id"].as_str().expect("an id").to_owned();
    let slip = "/api/v1/films/search?query=%D1%8C%D1%84%D0%B5%D0%BA%D1%88%D1%87"; // "matrix" typed on a Russian layout
    let found = movies.client.get(slip).bearer(&member).send().await.assert_status(200);
    assert_eq!(found["items"][0]["title"], "The Matrix");

    let mut load = Load::start(&movies.client, &member, &film);
    load.settle_as_member(Instant::now(), "all is well").await;

    auth.process.signal("KILL");
    auth.process.wait(BOUND);
    load.expect_degraded(Instant::now(), "auth is dead").await;
    write_is_refused(&movies.client, &admin).await;
    let address = auth.address.clone();
    auth = Service::auth(data, &address);
    auth.ready().await;
    load.settle_as_member(Instant::now(), "auth is back from the dead").await;

    auth.process.signal("STOP");
    load.expect_degraded(Instant::now(), "auth hangs").await;
    write_is_refused(&movies.client, &admin).await;
    let status = movies.client.get("/api/v1/status").send().await.assert_status(200);
    assert_eq!((&status["status"], &status["auth"]["reachable"]), (&"warn".into(), &false.into()), "{status}");
    movies.client.get("/readyz").send().await.assert_status(200);
    auth.process.signal("CONT");
    load.settle_as_member(Instant::now(), "auth goes on").await;

    let film = serde_json::json!({"title": "Written At Last", "year": 2020});
    movies.client.post("/api/v1/films").bearer(&admin).json(&film).send().await.assert_status(201);
    drop(load);
    let reachable = async || movies.client.get("/api/v1/status").send().await.json()["status"] == "pass";
    eventually("the status reports it", BOUND, reachable).await;
}
