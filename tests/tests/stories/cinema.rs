//! The all-in-one program: first start, second start, clean stop.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use service_kit::testing::{TestClient, eventually};
use tests::collector::Collector;
use tests::process::{Process, command};
use tests::services::{Service, sign_in};

use crate::closed_output::full_device;

const BOUND: Duration = Duration::from_secs(30);

fn variables(data: &Path) -> Vec<(&'static str, String)> {
    // Shadow mode, because a test program signs in as the administrator.
    let mut variables = vec![("CINEMA_DATA_DIR", data.display().to_string()), ("CAPTCHA_RISK", "shadow".to_owned())];
    variables.extend(["AUTH_LISTEN", "MOVIES_LISTEN", "CAPTCHA_LISTEN"].map(|name| (name, "127.0.0.1:0".to_owned())));
    variables
}

fn open(data: &Path) -> Process {
    let mut cinema = Process::start("cinema", &[], &variables(data));
    cinema.line_with("Ctrl-C closes it", BOUND);
    cinema
}

/// The word after `label` in the greeting.
fn greeted(cinema: &mut Process, label: &str) -> String {
    let line = cinema.line_with(&format!("  {label} "), BOUND);
    line.split_whitespace().nth(1).expect("a word after the label").to_owned()
}

/// Opens a printed address as it is. It ends with `path`, and the page finds there what it needs.
async fn opens(address: &str, path: &str) -> TestClient {
    let page = TestClient::new(address).get("").send().await;
    assert_eq!((page.status.as_u16(), page.text().contains("id=\"picture\"")), (200, true), "{address}");
    TestClient::new(address.strip_suffix(path).expect("the path of the page"))
}

fn close(mut cinema: Process) {
    cinema.signal("TERM");
    assert!(cinema.wait(BOUND).success(), "{}", cinema.output().join("\n"));
}

#[tokio::test]
async fn the_first_start_creates_films_and_an_administrator_and_the_second_keeps_both() {
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

#[tokio::test]
async fn nobody_else_on_the_machine_can_read_what_the_first_start_writes() {
    let folder = tempfile::tempdir().expect("a folder");
    // The usual umask of 022 would make 0755 and 0644 of it.
    let data = folder.path().join("data");
    close(open(&data));
    let mut found = BTreeSet::new();
    let mut open_ones = Vec::new();
    let mut waiting = vec![data];
    while let Some(path) = waiting.pop() {
        let about = std::fs::symlink_metadata(&path).expect("it is there");
        if about.permissions().mode() & 0o077 != 0 {
            open_ones.push(format!("{} {:o}", path.display(), about.permissions().mode()));
        }
        if about.is_dir() {
            waiting.extend(std::fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path()));
        }
        found.extend(path.file_name().map(|name| name.to_string_lossy().into_owned()));
    }
    assert!(open_ones.is_empty(), "{open_ones:?}");
    for name in ["data", "auth.sqlite", "movies.sqlite"] {
        assert!(found.contains(name), "{found:?}");
    }
}

#[tokio::test]
async fn the_first_administrators_password_is_never_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path();
    for lost in ["its reader is closed", "the disk is full"] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut cinema = command("cinema", &[], &variables(data));
        cinema.stdout(if lost == "its reader is closed" { writer.into() } else { Stdio::from(full_device()) });
        let ended = cinema.stderr(Stdio::piped()).output().expect("it runs");
        let log = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(1), "{lost}: {log}");
        assert!(log.contains("the administrator's password could not be shown; no account was made"), "{log}");
    }

    let mut cinema = open(data);
    let first = greeted(&mut cinema, "password");
    let accounts = greeted(&mut cinema, "accounts");
    let auth = TestClient::new(accounts.trim_end_matches("/account"));
    sign_in(&auth, "admin@cinema.local", &first).await;
    let made = command("cinema", &["reset-admin-password"], &variables(data)).output().expect("it runs");
    assert!(made.status.success(), "while the cinema is open: {}", String::from_utf8_lossy(&made.stderr));
    let shown = String::from_utf8(made.stdout).expect("text");
    let another = shown.lines().find_map(|line| line.trim().strip_prefix("password")).expect("a password");
    let another = another.split_whitespace().next().expect("a word");
    sign_in(&auth, "admin@cinema.local", another).await;
    let old = serde_json::json!({"email": "admin@cinema.local", "password": first});
    auth.post("/api/v1/sessions").json(&old).send().await.assert_problem(401, "auth.wrong_credentials");
    close(cinema);
}

#[tokio::test]
async fn a_service_that_gets_requests_before_it_is_ready_logs_no_warning_without_a_cause() {
    let folder = tempfile::tempdir().expect("a folder");
    let movies = Service::start(
        "movies-api",
        &[
            ("MOVIES_DATA_DIR", folder.path().display().to_string()),
            ("MOVIES_LISTEN", "127.0.0.1:0".to_owned()),
            ("MOVIES_DATABASE_URL", "postgres://nobody@127.0.0.1:1/films".to_owned()),
        ],
    );
    movies.client.get("/readyz").send().await.assert_status(503);
    movies.client.get("/api/v1/films").send().await.assert_status(503);
    let Service { mut process, .. } = movies;
    let line = process.line_with("request could not be served", BOUND);
    assert!(line.contains("movies.loading"), "the line is about the failed request: {line}");
    let empty = process.all_with("\"cause\":\"\"");
    assert!(empty.is_empty(), "{empty:?}");
    assert!(process.all_with("is being loaded").is_empty(), "a start logs no problem: {:?}", process.output());
}

#[test]
fn a_first_start_logs_no_warning() {
    let folder = tempfile::tempdir().expect("a folder");
    let cinema = open(folder.path());
    let warnings = [cinema.all_with("\"level\":\"WARN\""), cinema.all_with("\"level\":\"ERROR\"")].concat();
    assert!(warnings.is_empty(), "{warnings:#?}");
    close(cinema);
}

#[tokio::test]
async fn the_captcha_sends_phones_to_auth_service_or_where_the_operator_says() {
    let issuer = ("AUTH_ISSUER", "https://kino.example/".to_owned());
    let own = ("CAPTCHA_PHONE_URL", "https://kino.example/tv".to_owned());
    for (more, url) in [(vec![issuer.clone()], "https://kino.example/activate"), (vec![issuer, own.clone()], &own.1)] {
        let folder = tempfile::tempdir().expect("a folder");
        let mut cinema = Process::start("cinema", &[], &[variables(folder.path()), more].concat());
        let page = greeted(&mut cinema, "captcha");
        let challenges = opens(&page, "/tv?action=other").await;
        let body = serde_json::json!({"action": "other"});
        let reply = challenges.post("/api/v1/captcha/challenges").json(&body).send().await.assert_status(201);
        assert_eq!(reply["alternatives"]["phone"]["url"], url);
        close(cinema);
    }
}

#[tokio::test]
async fn spans_carry_the_name_of_the_service_that_made_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let collector = Collector::start();
    let mut variables = variables(folder.path());
    variables.push(("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url().to_owned()));
    variables.push(("OTEL_BSP_SCHEDULE_DELAY", "50".to_owned()));
    let mut cinema = Process::start("cinema", &[], &variables);
    cinema.line_with("Ctrl-C closes it", BOUND);
    let films = greeted(&mut cinema, "films");
    let captcha = greeted(&mut cinema, "captcha");
    let challenges = opens(&captcha, "/tv?action=other").await;
    let movies = TestClient::new(films.trim_end_matches("/api/v1/films"));
    let unknown = "AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA"; // introspected, or rejected by its shape
    movies.get("/api/v1/films").bearer(unknown).send().await;
    let accounts = greeted(&mut cinema, "accounts");
    TestClient::new(accounts.trim_end_matches("/account")).get("/api/v1/social/providers").send().await;
    challenges.get("/tv").send().await;
    let services = ["auth-service", "captcha-service", "movies-api"];
    let named = async || {
        let names: BTreeSet<_> = collector.spans().iter().map(|span| span.service().to_owned()).collect();
        services.iter().all(|service| names.contains(*service))
    };
    eventually("each service has exported spans", BOUND, named).await;
    for span in collector.spans().iter().filter(|span| span.attributes.contains_key("request.id")) {
        assert!(services.contains(&span.service()), "{span:#?}");
        assert!(!span.attributes.contains_key("marquee.service"), "{span:#?}");
        assert!(span.resource["service.instance.id"].is_string(), "{span:#?}");
    }
    close(cinema);
}

#[test]
fn an_address_in_use_is_named_and_the_process_ends() {
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
        ("MOVIES_AUTH_CACHE_TTL", "1h".to_owned()),
        ("MOVIES_AUTH_REMEMBER", "1s".to_owned()), // its former name
        ("MOVIES_AUTH_URL", "ftp://somewhere".to_owned()),
    ];
    let mut movies = Process::start("movies-api", &["serve"], &variables);
    assert!(!movies.wait(BOUND).success());
    let line = movies.line_with("cannot be used", BOUND);
    for part in [
        "MOVIES_AUTH_CACHE_TTL: must be",
        "MOVIES_AUTH_REMEMBER: renamed, set MOVIES_AUTH_CACHE_TTL",
        "MOVIES_AUTH_URL",
    ] {
        assert!(line.contains(part), "{part}: {line}");
    }
}
