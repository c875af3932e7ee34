//! auth-service in the thread of a test, without sockets. A crash drops it with its runtime at any point: no request is
//! finished, no mail is sent and no connection is closed in order.

use std::fs;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use account_flows::AddressMaintenance;
use account_storage::ClaimPolicy;
use actix_web::web;
use auth_service::app::{App, build_with};
use auth_service::config::Config;
use auth_service::pages::PageSecrets;
use auth_service::routes::routes;
use credentials::hashing::HashCost;
use credentials::keys::KeyFolder;
use mailer::{MailDefaults, MailFolder, MailTransport};
use outbox::{MailWorker, Outbox, RetryPolicy};
use secrecy::{ExposeSecret, SecretString};
use service_kit::database::sqlite_url;
use service_kit::server::authorization::ServiceClients;
use service_kit::testing::{InProcessRequest, InProcessService, ManualClock, TestDatabase, TestReply};
use service_kit::{Clock, Readiness};
use social_providers::Providers;
use tempfile::TempDir;
use token_verifier::TokenAlgorithm;
use tokio::runtime::Runtime;

use super::mail_texts;
use super::walk::{Call, Installation, Received, Reply, Time};

/// More than any pause of a busy machine.
const LONG: Duration = Duration::from_secs(600);
/// Maximum time until a service can check tokens.
const MAX_START: Duration = Duration::from_secs(120);
/// Time after which the claims of a dead process on mails have ended.
const CLAIM: Duration = Duration::from_secs(121);
/// Time after which the hourly work is done.
const HOUR: u64 = 60 * 60;
/// Step of the time until a crash during a delivery.
const TICK: Duration = Duration::from_micros(100);
/// Longest wait for a mail before a crash.
const MAX_WAIT: Duration = Duration::from_secs(20);

/// What outlives a crash: database, keys, mails, clock.
struct Disk {
    folder: TempDir,
    database: TestDatabase,
    clock: Arc<ManualClock>,
    secret: SecretString,
}

/// What a crash ends.
struct Process {
    service: InProcessService,
    app: App,
    runtime: Runtime,
}

/// An installation in process.
pub struct InProcess {
    disk: Disk,
    process: Option<Process>,
    /// `true` when a process has died that may have claimed mails.
    has_claims: bool,
    /// Mails that had arrived before a crash.
    early: Vec<Received>,
}

impl Disk {
    fn new() -> Self {
        // In memory where there is room: crashes of machines are none of this test, and waiting for a disk is slow.
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
        let (folder, clock) = (folder.unwrap(), Arc::<ManualClock>::default());
        let keys = KeyFolder::new(folder.path().join("keys"));
        keys.create(TokenAlgorithm::EdDsa, clock.now()).unwrap();
        let secret = keys.refresh_key_or_new().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { folder, database: runtime.block_on(crate::app::database()), clock, secret }
    }

    fn config(&self) -> Config {
        let mut config = Config::embedded(self.folder.path(), SocketAddr::from(([127, 0, 0, 1], 0)));
        let url = self.database.url();
        let is_embedded = url.starts_with("sqlite:");
        let own = || sqlite_url(&self.folder.path().join("auth.sqlite"));
        let url = if is_embedded { own() } else { url.to_owned() };
        config.database_url = url.into();
        config.database_connections = 2;
        config.issuer = super::walk::ORIGIN.to_owned();
        config.service_clients = Some(Vec::new());
        config.hashing.threads = 1;
        config.hashing.deadline = LONG;
        config.hashing.cost = HashCost::MINIMUM;
        config.limits = config.limits.off();
        config
    }

    fn mails(&self) -> PathBuf {
        self.folder.path().join("mails")
    }

    /// A folder that cannot be made: each attempt fails.
    fn no_mails(&self) -> PathBuf {
        let file = self.folder.path().join("no-folder");
        fs::write(&file, "").unwrap();
        file.join("mails")
    }

    /// Starts until it could read what it checks tokens with: on a busy machine the database may answer too late, and no
    /// task reads it later here.
    async fn start_service(&self, is_first: bool) -> App {
        let begun = Instant::now();
        loop {
            let config = Config { migrate: is_first, ..self.config() };
            let clock: Arc<dyn Clock> = Arc::<ManualClock>::clone(&self.clock);
            let app = build_with(config, clock, Providers::default()).await.unwrap();
            if app.state().caches.has_revocations() && app.state().caches.has_roles() {
                return app;
            }
            assert!(begun.elapsed() < MAX_START, "the service is never ready");
        }
    }

    fn has_mails(&self) -> bool {
        let Ok(mut entries) = fs::read_dir(self.mails()) else { return false };
        entries.any(|entry| entry.unwrap().path().extension().is_some_and(|kind| kind == "eml"))
    }

    /// A worker with an outbox of its own, which writes to this folder; both outboxes read the same rows.
    fn start_worker(&self, app: &App, mails: PathBuf) -> MailWorker {
        let outbox = Outbox::new(self.secret.expose_secret().as_bytes(), Arc::<ManualClock>::clone(&self.clock));
        let account = format!("{}/account", super::walk::ORIGIN);
        let defaults = MailDefaults { from: "no-reply@auth.test".parse().unwrap(), account };
        let transport = MailTransport::Folder(MailFolder::new(mails));
        let policy = RetryPolicy { attempt_timeout: LONG, poll_interval: LONG, shutdown_timeout: LONG };
        let sending = (transport, defaults, mail_texts::text as mailer::MailTexts);
        MailWorker::start(outbox, app.state().store.mail_rows(), sending, u32::MAX, policy)
    }
}

impl Process {
    /// Starts on the database; the first start creates the tables.
    fn start(disk: &Disk, is_first: bool) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (service, app) = runtime.block_on(async {
            let app = disk.start_service(is_first).await;
            let state = web::Data::from(Arc::clone(app.state()));
            let clients = web::Data::new(ServiceClients::new(&[]));
            let secrets = web::Data::new(PageSecrets::new(disk.secret.expose_secret().as_bytes()));
            let configure = move |routed: &mut web::ServiceConfig| {
                let limits = state.limits.clone();
                routed.app_data(state);
                routes(clients, secrets).limited(&limits).configure(routed);
            };
            let readiness = Readiness::builder("auth-service", env!("CARGO_PKG_VERSION")).build();
            (InProcessService::build(readiness, configure).await, app)
        });
        Self { service, app, runtime }
    }

    /// Drops everything as it is.
    fn crash(self) {
        let Self { service, app, runtime } = self;
        let context = runtime.enter(); // connections are dropped in the context of a runtime
        drop((service, app));
        drop(context);
    }
}

impl InProcess {
    pub fn new() -> Self {
        let disk = Disk::new();
        let process = Some(Process::start(&disk, true));
        Self { disk, process, has_claims: false, early: Vec::new() }
    }

    fn process(&self) -> &Process {
        self.process.as_ref().unwrap()
    }

    fn restart(&mut self) {
        self.process.take().unwrap().crash();
        self.process = Some(Process::start(&self.disk, false));
    }

    /// Takes the messages out of the folder.
    fn take_mails(&self) -> Vec<Received> {
        let Ok(entries) = fs::read_dir(self.disk.mails()) else { return Vec::new() };
        let paths = entries.map(|entry| entry.unwrap().path());
        let complete = paths.filter(|path| path.extension().is_some_and(|kind| kind == "eml"));
        let take = |path: PathBuf| {
            let text = fs::read_to_string(&path).unwrap();
            fs::remove_file(path).unwrap();
            Received::parse(text)
        };
        complete.map(take).collect()
    }
}

impl Drop for InProcess {
    fn drop(&mut self) {
        if let Some(process) = self.process.take() {
            process.crash();
        }
    }
}

fn reply_of(reply: &TestReply) -> Reply {
    let cookies = reply.headers.get_all("set-cookie").iter();
    let pair = |line: &str| line.split(';').next().unwrap_or_default().to_owned();
    Reply {
        status: reply.status.as_u16(),
        text: reply.text(),
        cookies: cookies.map(|line| pair(line.to_str().unwrap())).collect(),
    }
}

impl Installation for InProcess {
    fn call(&mut self, call: &Call) -> Reply {
        let (process, headers) = (self.process(), call.all_headers());
        let (method, target, body) = (call.method, call.target.as_str(), call.content());
        let request = InProcessRequest { method, target, headers: &headers, body };
        reply_of(&process.runtime.block_on(async { process.service.call(request).await }))
    }

    fn crash_during(&mut self, call: &Call, progress: u32) {
        let (process, headers) = (self.process(), call.all_headers());
        let (method, target, body) = (call.method, call.target.as_str(), call.content());
        let request = InProcessRequest { method, target, headers: &headers, body };
        process.runtime.block_on(async {
            let mut served = process.service.call(request);
            let mut polls = 0;
            // Each poll is a statement or so further.
            let until_crash = poll_fn(|context| {
                polls += 1;
                if polls > progress { Poll::Ready(()) } else { served.as_mut().poll(context).map(drop) }
            });
            until_crash.await;
        });
        self.restart();
    }

    /// Of three crashes one comes when no mail could be sent, one right after the first was written, and one at any time.
    fn crash_during_delivery(&mut self, progress: u32) {
        let process = self.process();
        process.runtime.block_on(async {
            let start = |mails| self.disk.start_worker(&process.app, mails);
            match (progress, progress % 3) {
                (0, _) => {}
                (_, 0) => start(self.disk.no_mails()).stop().await,
                (_, kind) => {
                    let _worker = start(self.disk.mails());
                    let (begun, wait) = (Instant::now(), TICK * progress);
                    let is_over = || if kind == 1 { self.disk.has_mails() } else { begun.elapsed() >= wait };
                    while !is_over() && begun.elapsed() < MAX_WAIT {
                        tokio::task::yield_now().await;
                    }
                }
            }
        });
        self.early.extend(self.take_mails());
        self.has_claims |= progress > 0;
        self.restart();
    }

    fn deliver(&mut self) -> Vec<Received> {
        if std::mem::take(&mut self.has_claims) {
            self.disk.clock.advance(CLAIM);
        }
        let process = self.process();
        process.runtime.block_on(async { self.disk.start_worker(&process.app, self.disk.mails()).stop().await });
        let mut mails = std::mem::take(&mut self.early);
        mails.extend(self.take_mails());
        mails
    }

    fn now(&self) -> Time {
        self.disk.clock.now().timestamp_millis()
    }

    fn advance(&mut self, seconds: u64) -> bool {
        self.disk.clock.advance(Duration::from_secs(seconds));
        if seconds >= HOUR {
            let process = self.process();
            let maintenance = AddressMaintenance::new(&process.app.state().addresses, ClaimPolicy::default(), false);
            process.runtime.block_on(maintenance.run_once()).unwrap();
        }
        true
    }
}
