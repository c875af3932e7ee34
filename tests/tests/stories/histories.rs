//! The random histories of sessions and addresses, against a real process that is killed (SIGKILL) in the midst of
//! requests and deliveries: no honest device is signed out, no claim outranks a proof, no mail is lost or sent twice with
//! different codes.

#[path = "../../../auth-service/tests/api/histories/walk/mod.rs"]
mod walk;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io::Write;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use service_kit::database::sqlite_url;
use service_kit::testing::eventually;
use service_kit::{Clock, SystemClock};
use tests::postgres::Postgres;
use tests::process::Process;
use tests::services::Service;
use tokio::runtime::Runtime;
use walk::{Call, Figures, Installation, Plan, Received, Reply, Time};

use crate::load::turn;

const BOUND: Duration = Duration::from_secs(120);
/// Client secret of movies-api, which no history needs.
const SECRET: &str = "a-secret-between-services-of-the-story";
/// As many crashes as histories, which live side by side.
const BATCH: Plan = Plan { histories: 5, crashes: 5 };
/// Histories of a normal run.
const HISTORIES: u64 = 50;

/// A process that is killed, its database and its folder of mails.
struct Killed {
    runtime: Runtime,
    data: tempfile::TempDir,
    variables: Vec<(&'static str, String)>,
    /// A connection of the test.
    database: DatabaseConnection,
    auth: Option<Service>,
    /// Mails that have been read.
    read: BTreeMap<PathBuf, String>,
    /// Those of them that arrived before a kill.
    early: Vec<Received>,
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

impl Killed {
    /// On SQLite, or on the database of this URL.
    fn start(runtime: Runtime, postgres: Option<String>) -> Self {
        let data = tempfile::tempdir().expect("a folder");
        let mut variables = vec![
            ("AUTH_DATA_DIR", data.path().display().to_string()),
            ("AUTH_LISTEN", "127.0.0.1:0".to_owned()),
            ("AUTH_ISSUER", walk::ORIGIN.to_owned()),
            ("AUTH_LIMITS", "off".to_owned()),
            ("AUTH_HASH_DEADLINE", "60s".to_owned()),
            ("AUTH_MAILS_PER_DAY", "1000000".to_owned()),
        ];
        let url = postgres.clone().unwrap_or_else(|| sqlite_url(&data.path().join("auth.sqlite")));
        if let Some(url) = postgres {
            variables.extend([("AUTH_DATABASE_URL", url), ("AUTH_MIGRATE", "true".to_owned())]);
            variables.push(("AUTH_SERVICE_CLIENTS", format!("movies-api={SECRET}")));
            assert!(Process::start("auth-service", &["create-key"], &variables).wait(BOUND).success());
        }
        let auth = Some(start(&runtime, &variables));
        let database = runtime.block_on(Database::connect(url)).expect("the database");
        Self { runtime, data, variables, database, auth, read: BTreeMap::new(), early: Vec::new() }
    }

    fn auth(&self) -> &Service {
        self.auth.as_ref().expect("it runs")
    }

    /// Kills the process after this time, and starts another one.
    fn kill_after(&mut self, wait: Duration) {
        let begun = Instant::now();
        while begun.elapsed() < wait {
            std::thread::yield_now();
        }
        self.auth = None; // SIGKILL
        // Read before they are sent again, which replaces their files.
        let early = self.new_mails();
        self.early.extend(early);
        // As if the claims of the dead process had ended.
        let end_claims = "UPDATE mails SET due_at = created_at WHERE done_at IS NULL";
        self.runtime.block_on(self.database.execute_unprepared(end_claims)).expect("the outbox");
        self.auth = Some(start(&self.runtime, &self.variables));
    }

    /// Mails that wait to be sent.
    async fn waiting(&self) -> i64 {
        let sql = "SELECT CAST(count(*) AS bigint) FROM mails WHERE done_at IS NULL";
        let statement = Statement::from_string(self.database.get_database_backend(), sql);
        let row = self.database.query_one_raw(statement).await.expect("the outbox").expect("a row");
        row.try_get_by_index(0).expect("a number")
    }

    fn files(&self) -> Vec<PathBuf> {
        let Ok(files) = std::fs::read_dir(self.data.path().join("mails")) else { return Vec::new() };
        let paths = files.map(|file| file.expect("a folder that can be read").path());
        paths.filter(|path| path.extension().is_some_and(|kind| kind == "eml")).collect()
    }

    /// Reads the mails that have arrived since it was called before.
    fn new_mails(&mut self) -> Vec<Received> {
        let mut new = Vec::new();
        for path in self.files() {
            if let Entry::Vacant(unread) = self.read.entry(path) {
                let text = text(unread.key());
                new.push(Received::parse(text.clone()));
                unread.insert(text);
            }
        }
        new
    }

    /// A mail that was sent again after a crash replaced its file, word for word.
    fn assert_mails_are_the_same(&self) {
        for (path, before) in &self.read {
            if path.exists() {
                assert_eq!(text(path), *before, "a mail was sent twice and differs");
            }
        }
    }
}

fn start(runtime: &Runtime, variables: &[(&'static str, String)]) -> Service {
    let service = Service::start("auth-service", variables);
    runtime.block_on(service.ready());
    service
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).expect("a mail")
}

impl Installation for Killed {
    fn call(&mut self, call: &Call) -> Reply {
        let mut request = self.auth().client.request(call.method.parse().expect("a method"), &call.target);
        for (name, value) in &call.headers {
            request = request.header(name, value);
        }
        if let Some((kind, text)) = &call.body {
            request = request.body(kind, text.as_bytes());
        }
        let reply = self.runtime.block_on(request.send());
        let lines = reply.headers.get_all("set-cookie").iter().filter_map(|line| line.to_str().ok());
        let cookies = lines.map(|line| line.split(';').next().unwrap_or_default().to_owned()).collect();
        Reply { status: reply.status.as_u16(), text: reply.text(), cookies }
    }

    fn crash_during(&mut self, call: &Call, progress: u32) {
        let mut stream = TcpStream::connect(&self.auth().address).expect("it listens");
        let mut head = format!("{} {} HTTP/1.1\r\nhost: {}\r\n", call.method, call.target, self.auth().address);
        for (name, value) in call.all_headers() {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("content-length: {}\r\n\r\n", call.content().len()));
        stream.write_all(&[head.as_bytes(), call.content()].concat()).expect("a request is sent");
        self.kill_after(Duration::from_millis(progress.into()));
    }

    fn crash_during_delivery(&mut self, progress: u32) {
        self.kill_after(Duration::from_millis(progress.into()));
    }

    fn deliver(&mut self) -> Vec<Received> {
        let sent = eventually("the mails are sent", BOUND, async || self.waiting().await == 0);
        self.runtime.block_on(sent);
        let mut mails = std::mem::take(&mut self.early);
        mails.extend(self.new_mails());
        mails
    }

    fn now(&self) -> Time {
        SystemClock.now().timestamp_millis()
    }

    /// Nothing moves the clock of a real process.
    fn advance(&mut self, _: u64) -> bool {
        false
    }
}

fn play(mut site: Killed) {
    let (histories, seed) = (variable("STORY_HISTORIES").unwrap_or(HISTORIES), variable("HISTORIES_SEED"));
    let seed = seed.unwrap_or_else(rand::random);
    eprintln!("{histories} histories; HISTORIES_SEED={seed}");
    let mut all = Figures::default();
    for batch in 0..histories.div_ceil(BATCH.histories) {
        eprintln!(
            "batch {batch}; alone: STORY_HISTORIES={} HISTORIES_SEED={}",
            BATCH.histories,
            seed.wrapping_add(batch)
        );
        all.add(walk::play(&mut site, seed.wrapping_add(batch), batch * BATCH.histories, BATCH));
    }
    site.assert_mails_are_the_same();
    eprintln!("{all:?}");
    assert!(all.crashes * 2 >= histories && all.mails * 2 >= histories && all.live > 0, "{all:?}");
}

#[test]
fn histories_of_a_process_that_is_killed_on_sqlite_match_the_model() {
    let runtime = runtime();
    let _turn = runtime.block_on(turn());
    play(Killed::start(runtime, None));
}

#[test]
fn histories_of_a_process_that_is_killed_on_postgresql_match_the_model() {
    let runtime = runtime();
    let _turn = runtime.block_on(turn());
    let postgres = Postgres::find();
    let url = runtime.block_on(postgres.database("histories"));
    play(Killed::start(runtime, Some(url)));
}

#[expect(clippy::disallowed_methods, reason = "set by whoever runs the tests, no setting of a program")]
fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}
