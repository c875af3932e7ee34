//! Programs that start before PostgreSQL: they serve requests that need no database, and finish their start when it is
//! up.

use std::path::Path;
use std::time::Duration;

use serde_json::json;
use service_kit::testing::{TestClient, eventually};
use tests::postgres::Postgres;
use tests::process::Process;
use tests::services::{Service, sign_in};

const BOUND: Duration = Duration::from_secs(120);
/// Client secret of movies-api at auth-service.
const SECRET: &str = "a-secret-between-services-of-the-story";
const PASSWORD: &str = "three cats on a sofa";

/// Starts `program` without a database server: it listens, is alive and not ready.
async fn start_without_database(program: &str, variables: &[(&str, String)]) -> Service {
    let service = Service::start(program, variables);
    for _ in 0..3 {
        service.client.get("/livez").send().await.assert_status(200);
        service.client.get("/readyz").send().await.assert_status(503);
    }
    service
}

async fn sign_up(auth: &TestClient, email: &str) -> service_kit::testing::TestReply {
    auth.post("/api/v1/users").json(&json!({"email": email, "password": PASSWORD})).send().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn services_that_start_before_postgresql_create_their_tables_when_it_is_up() {
    let postgres = Postgres::private("");
    let (accounts, films) = (postgres.database("late").await, postgres.database("late").await);
    postgres.stop("fast");
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().display().to_string();
    let auth = [
        ("AUTH_DATA_DIR", data.clone()),
        ("AUTH_LISTEN", "127.0.0.1:0".to_owned()),
        ("AUTH_DATABASE_URL", accounts),
        ("AUTH_MIGRATE", "true".to_owned()),
        ("AUTH_SERVICE_CLIENTS", format!("movies-api={SECRET}")),
    ];
    let movies = [
        ("MOVIES_DATA_DIR", data),
        ("MOVIES_LISTEN", "127.0.0.1:0".to_owned()),
        ("MOVIES_DATABASE_URL", films),
        ("MOVIES_MIGRATE", "true".to_owned()),
    ];
    assert!(Process::start("auth-service", &["create-key"], &auth).wait(BOUND).success());
    let auth = start_without_database("auth-service", &auth).await;
    let movies = start_without_database("movies-api", &movies).await;
    sign_up(&auth.client, "early@example.org").await.assert_status(503);
    movies.client.get("/api/v1/films").send().await.assert_status(503);

    postgres.start_again();
    auth.ready().await;
    movies.ready().await;
    sign_up(&auth.client, "ann@example.org").await.assert_status(201);
    sign_in(&auth.client, "ann@example.org", PASSWORD).await;
    let found = movies.client.get("/api/v1/films/search?query=godfathr").send().await.assert_status(200);
    assert_eq!(found["items"][0]["title"], "The Godfather");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cinema_that_starts_before_postgresql_shows_films_and_later_one_password() {
    let postgres = Postgres::private("");
    let accounts = postgres.database("late").await;
    postgres.stop("fast");
    let folder = tempfile::tempdir().expect("a folder");
    let variables = cinema(folder.path(), &accounts);
    let key = [("AUTH_DATA_DIR", folder.path().display().to_string())];
    assert!(Process::start("auth-service", &["create-key"], &key).wait(BOUND).success());
    let mut cinema = Process::start("cinema", &[], &variables);
    let films = address(&mut cinema, "films", "/api/v1/films");
    let auth = address(&mut cinema, "accounts", "/account");
    films.get("/readyz").send().await.assert_status(200);
    films.get("/api/v1/films/search?query=godfathr").send().await.assert_status(200);
    auth.get("/livez").send().await.assert_status(200);
    auth.get("/readyz").send().await.assert_status(503);
    assert_eq!(cinema.all_with("  password "), Vec::<String>::new(), "there is no account to show it for");

    postgres.start_again();
    let password = word(&mut cinema, "password");
    let credentials = json!({"email": "admin@cinema.local", "password": password});
    let made = async || auth.post("/api/v1/sessions").json(&credentials).send().await.status == 201;
    eventually("the administrator can sign in", BOUND, made).await;
    let ready = async || auth.get("/readyz").send().await.status == 200;
    eventually("accounts are ready", BOUND, ready).await;
    let token = sign_in(&auth, "admin@cinema.local", &password).await;
    let film = json!({"title": "Home Movie", "year": 2026});
    films.post("/api/v1/films").bearer(&token).json(&film).send().await.assert_status(201);
    cinema.signal("TERM");
    assert!(cinema.wait(BOUND).success(), "{}", cinema.output().join("\n"));
    assert_eq!(cinema.all_with("  password ").len(), 1);
}

fn cinema(data: &Path, accounts: &str) -> Vec<(&'static str, String)> {
    let mut variables = vec![("CINEMA_DATA_DIR", data.display().to_string()), ("CINEMA_CAPTCHA", "off".to_owned())];
    variables.extend(["AUTH_LISTEN", "MOVIES_LISTEN"].map(|name| (name, "127.0.0.1:0".to_owned())));
    variables.extend([("AUTH_DATABASE_URL", accounts.to_owned()), ("AUTH_MIGRATE", "true".to_owned())]);
    variables.push(("AUTH_SERVICE_CLIENTS", format!("movies-api={SECRET}")));
    variables.push(("MOVIES_AUTH_CLIENT_SECRET", SECRET.to_owned()));
    variables
}

/// The word after `label` in the output of `cinema`.
fn word(cinema: &mut Process, label: &str) -> String {
    let line = cinema.line_with(&format!("  {label} "), BOUND);
    line.split_whitespace().nth(1).expect("a word after the label").to_owned()
}

/// A client of the service with the URL after `label`, which ends in `path`.
fn address(cinema: &mut Process, label: &str, path: &str) -> TestClient {
    TestClient::new(word(cinema, label).trim_end_matches(path))
}
