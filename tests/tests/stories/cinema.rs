//! The all-in-one program: first start, second start, clean stop.

use std::path::Path;
use std::time::Duration;

use service_kit::testing::TestClient;
use tests::process::Process;
use tests::services::sign_in;

const BOUND: Duration = Duration::from_secs(30);

fn open(data: &Path) -> Process {
    let variables = [
        ("CINEMA_DATA_DIR", data.display().to_string()),
        ("CAPTCHA_RISK", "shadow".to_owned()), // the administrator signs in by a program here
        ("CAPTCHA_LISTEN", "127.0.0.1:0".to_owned()),
        ("AUTH_LISTEN", "127.0.0.1:0".to_owned()),
        ("MOVIES_LISTEN", "127.0.0.1:0".to_owned()),
        ("CAPTCHA_LISTEN", "127.0.0.1:0".to_owned()),
    ];
    let mut cinema = Process::start("cinema", &[], &variables);
    cinema.line_with("Ctrl-C closes it", BOUND);
    cinema
}

/// The word after `label` in the greeting.
fn greeted(cinema: &mut Process, label: &str) -> String {
    let line = cinema.line_with(&format!("  {label} "), BOUND);
    line.split_whitespace().nth(1).expect("a word after the label").to_owned()
}

fn close(mut cinema: Process) {
    cinema.signal("TERM");
    assert!(cinema.wait(BOUND).success(), "{}", cinema.output().join("\n"));
}

#[tokio::test]
async fn the_first_start_gives_films_and_an_administrator_and_the_second_keeps_both() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut cinema = open(folder.path());
    let password = greeted(&mut cinema, "password");
    let (films, accounts) = (greeted(&mut cinema, "films"), greeted(&mut cinema, "accounts"));
    let movies = TestClient::new(films.trim_end_matches("/api/v1/films"));
    let auth = TestClient::new(accounts.trim_end_matches("/account"));

    for service in [&movies, &auth] {
        service.get("/livez").send().await.assert_status(200);
        service.get("/readyz").send().await.assert_status(200);
    }
    let admin = sign_in(&auth, "admin@cinema.local", &password).await;
    let reply = movies.get("/api/v1/films?total=true").bearer(&admin).send().await.assert_status(200);
    assert_eq!((&reply["viewer"]["mode"], &reply["total"]), (&"member".into(), &60.into()));
    let film = serde_json::json!({"title": "Home Movie", "year": 2026});
    movies.post("/api/v1/films").bearer(&admin).json(&film).send().await.assert_status(201);
    let log = cinema.output().iter().filter(|line| line.starts_with('{')).cloned().collect::<String>();
    assert!(!log.contains(&password), "the password stays out of the log");
    close(cinema);

    let mut cinema = open(folder.path());
    assert!(!cinema.output().iter().any(|line| line.contains("password")), "{:?}", cinema.output());
    let movies = TestClient::new(greeted(&mut cinema, "films").trim_end_matches("/api/v1/films"));
    let reply = movies.get("/api/v1/films/search?query=home+movie").send().await.assert_status(200);
    assert_eq!(reply["items"][0]["title"], "Home Movie");
    close(cinema);
}

#[test]
fn a_taken_address_is_named_and_nothing_is_left_running() {
    let folder = tempfile::tempdir().expect("a folder");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    let variables = [
        ("CINEMA_DATA_DIR", folder.path().display().to_string()),
        ("CAPTCHA_LISTEN", "127.0.0.1:0".to_owned()),
        ("AUTH_LISTEN", "127.0.0.1:0".to_owned()),
        ("MOVIES_LISTEN", address.clone()),
        ("CAPTCHA_LISTEN", "127.0.0.1:0".to_owned()),
    ];
    let mut cinema = Process::start("cinema", &[], &variables);
    assert!(!cinema.wait(BOUND).success());
    cinema.line_with(&format!("cannot listen on {address}"), BOUND);
}

#[test]
fn all_bad_settings_are_named_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let variables = [
        ("MOVIES_DATA_DIR", folder.path().display().to_string()),
        ("MOVIES_AUTH_REMEMBER", "1h".to_owned()),
        ("MOVIES_AUTH_URL", "ftp://somewhere".to_owned()),
    ];
    let mut movies = Process::start("movies-api", &["serve"], &variables);
    assert!(!movies.wait(BOUND).success());
    let line = movies.line_with("cannot be used", BOUND);
    assert!(line.contains("MOVIES_AUTH_REMEMBER") && line.contains("MOVIES_AUTH_URL"), "{line}");
}
