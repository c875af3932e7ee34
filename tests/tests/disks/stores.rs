//! Programs that write to a data folder, their acknowledged writes, and the rows found afterwards.

use std::path::Path;
use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::json;
use service_kit::database::{Bounds, connect, sqlite_url};
use service_kit::testing::{TestClient, TestReply, eventually};
use tests::process::Process;
use tests::services::sign_in;

/// Generous, because test machines are busy.
pub const BOUND: Duration = Duration::from_secs(120);
const PASSWORD: &str = "three cats on a sofa";

/// The program that writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// auth-service: accounts.
    Accounts,
    /// movies-api: films.
    Films,
    /// `cinema`: both, in one process.
    Cinema,
}

/// A running program and its acknowledged writes.
pub struct Store {
    pub process: Process,
    kind: Kind,
    auth: Option<TestClient>,
    movies: Option<TestClient>,
    editor: String,
    acknowledged: Vec<String>,
    written: u32,
}

/// An editor of films, known to an auth-service with a disk that has room.
pub struct Editors {
    pub auth: tests::services::Service,
    pub token: String,
    secret: String,
    _folder: tempfile::TempDir,
}

impl Editors {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path();
        let auth = tests::services::Service::start(
            "auth-service",
            &[
                ("AUTH_DATA_DIR", data.display().to_string()),
                ("AUTH_LISTEN", "127.0.0.1:0".to_owned()),
                ("AUTH_ACCESS_TOKEN_TTL", "2h".to_owned()),
            ],
        );
        let password = data.join("admin.password");
        std::fs::write(&password, PASSWORD).expect("a file");
        let variables = [("AUTH_DATA_DIR", data.display().to_string())];
        let arguments = ["create-admin", "root@example.org", "--password-file", &password.display().to_string()];
        assert!(Process::start("auth-service", &arguments, &variables).wait(BOUND).success());
        let editor = ["grant-role", "root@example.org", "editor"];
        assert!(Process::start("auth-service", &editor, &variables).wait(BOUND).success());
        let token = sign_in(&auth.client, "root@example.org", PASSWORD).await;
        let secret = std::fs::read_to_string(data.join("movies-api.secret")).expect("the secret of movies-api");
        Self { auth, token, secret, _folder: folder }
    }
}

impl Store {
    /// Starts the program on a new data folder.
    pub async fn start(kind: Kind, data: &Path, editors: &Editors) -> Self {
        let mut process = launch(kind, data, editors);
        let (auth, movies) = clients(kind, &mut process);
        let editor = match (kind, &auth) {
            (Kind::Cinema, Some(auth)) => {
                let line = process.line_with("  password ", BOUND);
                let password = line.split_whitespace().nth(1).expect("a password");
                sign_in(auth, "admin@cinema.local", password).await
            }
            _ => editors.token.clone(),
        };
        let store = Self { process, kind, auth, movies, editor, acknowledged: Vec::new(), written: 0 };
        store.shows_films().await; // the built-in ones are loaded during the first requests, and need room
        store
    }

    /// Waits until the built-in films are shown, if the program has films.
    pub async fn shows_films(&self) {
        if self.has_films() {
            eventually("films are shown", BOUND, async || self.films().await >= Some(50)).await;
        }
    }

    /// Ends the process by this signal and starts another one on the same folder.
    pub fn restart(&mut self, signal: &str, data: &Path, editors: &Editors) {
        self.end(signal);
        self.resume(data, editors);
    }

    /// Starts another process after one that has ended.
    pub fn resume(&mut self, data: &Path, editors: &Editors) {
        self.process = launch(self.kind, data, editors);
        (self.auth, self.movies) = clients(self.kind, &mut self.process);
    }

    /// Ends the process by this signal.
    pub fn end(&mut self, signal: &str) {
        self.process.signal(signal);
        self.process.wait(BOUND);
    }

    /// Writes once; returns `true` when it was acknowledged.
    ///
    /// # Panics
    /// When the answer is neither 201 nor 503.
    pub async fn write(&mut self) -> bool {
        self.written += 1;
        let name = format!("n{:04}", self.written);
        let account = self.kind == Kind::Accounts || (self.kind == Kind::Cinema && self.written.is_multiple_of(2));
        let reply = if account { self.sign_up(&name).await } else { self.create_film(&name).await };
        match reply.status.as_u16() {
            201 => self.acknowledged.push(name),
            503 => {}
            other => panic!("{other}: {}\n{}", reply.text(), self.process.output().join("\n")),
        }
        reply.status == 201
    }

    async fn sign_up(&self, name: &str) -> TestReply {
        let body = json!({"email": format!("{name}@example.org"), "password": PASSWORD});
        self.auth.as_ref().expect("it has accounts").post("/api/v1/users").json(&body).send().await
    }

    async fn create_film(&self, name: &str) -> TestReply {
        let body = json!({"title": name, "year": 2001, "synopsis": {"en": "x".repeat(2000)}});
        let movies = self.movies.as_ref().expect("it has films");
        movies.post("/api/v1/films").bearer(&self.editor).json(&body).send().await
    }

    /// Number of films shown; `None` when the program has no films.
    pub async fn films(&self) -> Option<u64> {
        let movies = self.movies.as_ref()?;
        let reply = movies.get("/api/v1/films?total=true").send().await;
        if reply.status != 200 { Some(0) } else { reply.json()["total"].as_u64() }
    }

    /// `true` when the program has films.
    pub fn has_films(&self) -> bool {
        self.kind != Kind::Accounts
    }

    /// `true` when the editor sees films as a member, so the token was checked.
    pub async fn knows_its_editor(&self) -> bool {
        let Some(movies) = &self.movies else { return false };
        let reply = movies.get("/api/v1/films").bearer(&self.editor).send().await;
        reply.status == 200 && reply.json()["viewer"]["mode"] == "member"
    }

    /// The status page of one of its services.
    pub async fn status(&self) -> serde_json::Value {
        let client = self.movies.as_ref().or(self.auth.as_ref()).expect("it has a service");
        client.get("/api/v1/status").send().await.assert_status(200)
    }

    /// Acknowledged writes that are not in the folder. The process must have ended.
    pub async fn lost(&self, data: &Path) -> Vec<String> {
        let mut found = Vec::new();
        if self.kind != Kind::Films {
            let sql = "SELECT email_norm FROM users WHERE email_norm IS NOT NULL";
            let emails = column(&data.join("auth.sqlite"), sql).await;
            found.extend(emails.into_iter().map(|email| email.replace("@example.org", "")));
        }
        if self.kind != Kind::Accounts {
            found.extend(column(&data.join("movies.sqlite"), "SELECT title FROM films").await);
        }
        self.acknowledged.iter().filter(|name| !found.contains(name)).cloned().collect()
    }

    /// Number of acknowledged writes so far.
    pub fn acknowledged(&self) -> usize {
        self.acknowledged.len()
    }
}

async fn column(path: &Path, sql: &str) -> Vec<String> {
    let database = connect(&sqlite_url(path), 1, Bounds::BATCH).await.expect("the database opens");
    let rows = database.query_all_raw(Statement::from_string(DbBackend::Sqlite, sql)).await.expect("rows");
    let texts = rows.iter().map(|row| row.try_get_by_index(0).expect("a text")).collect();
    database.pool().clone().close().await.expect("it closes");
    texts
}

fn launch(kind: Kind, data: &Path, editors: &Editors) -> Process {
    let data = data.display().to_string();
    let (here, off) = ("127.0.0.1:0".to_owned(), "off".to_owned());
    let (name, arguments, variables): (_, &[&str], Vec<(&str, String)>) = match kind {
        Kind::Accounts => {
            ("auth-service", &["serve"], vec![("AUTH_DATA_DIR", data), ("AUTH_LISTEN", here), ("AUTH_LIMITS", off)])
        }
        Kind::Films => (
            "movies-api",
            &["serve"],
            vec![
                ("MOVIES_DATA_DIR", data),
                ("MOVIES_LISTEN", here),
                ("MOVIES_AUTH_URL", format!("http://{}", editors.auth.address)),
                ("MOVIES_AUTH_CLIENT_SECRET", editors.secret.clone()),
                ("MOVIES_AUTH_TIMEOUT", "5s".to_owned()), // a busy machine must not cause timeouts
                ("MOVIES_LIMITS", off),
            ],
        ),
        Kind::Cinema => (
            "cinema",
            &[],
            vec![
                ("CINEMA_DATA_DIR", data),
                ("CINEMA_CAPTCHA", off.clone()),
                ("AUTH_LISTEN", here.clone()),
                ("MOVIES_LISTEN", here),
                ("AUTH_ACCESS_TOKEN_TTL", "2h".to_owned()),
                ("MOVIES_AUTH_TIMEOUT", "5s".to_owned()),
                ("AUTH_LIMITS", off.clone()),
                ("MOVIES_LIMITS", off),
            ],
        ),
    };
    Process::start_ignoring_sigxfsz(name, arguments, &variables)
}

fn clients(kind: Kind, process: &mut Process) -> (Option<TestClient>, Option<TestClient>) {
    if kind == Kind::Cinema {
        process.line_with("Ctrl-C closes it", BOUND);
        let mut at = |label: &str, path: &str| {
            let line = process.line_with(&format!("  {label} "), BOUND);
            let url = line.split_whitespace().nth(1).expect("a URL");
            TestClient::new(url.trim_end_matches(path))
        };
        return (Some(at("accounts", "/account")), Some(at("films", "/api/v1/films")));
    }
    let line = process.line_with("\"address\"", BOUND);
    let line: serde_json::Value = serde_json::from_str(&line).expect("logs are JSON");
    let client = TestClient::new(format!("http://{}", line["address"].as_str().expect("an address")));
    if kind == Kind::Accounts { (Some(client), None) } else { (None, Some(client)) }
}
