//! The service under test: on a port of its own, with a database of its own and a clock that tests move.

use std::net::SocketAddr;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use account_storage::Store;
use accounts::{AuditContext, Email, NewPassword};
use auth_service::app::{RunningApp, build_with};
use auth_service::config::Config;
use auth_service::state::AppState;
use chrono::{DateTime, TimeDelta};
use contracts::Secret;
use contracts::ids::UserId;
use credentials::keys::KeyFolder;
use mailer::{Mail, MailText};
use reqwest::Method;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use service_kit::settings::ClientSecret;
use service_kit::testing::{ManualClock, TestClient, TestDatabase, TestReply, TestTemplate};
use service_kit::{Clock, SystemClock};
use social_providers::Providers;
use tempfile::TempDir;
use token_verifier::TokenAlgorithm;
use uuid::Uuid;

/// Credentials of the service client that introspects tokens in tests.
pub const CLIENT: (&str, &str) = ("movies-api", "a secret for tests only");

/// Database, clock and keys: the state that outlives a restart.
pub struct Home {
    pub database: TestDatabase,
    pub clock: Arc<ManualClock>,
    folder: TempDir,
}

/// A running service.
pub struct TestApp {
    pub home: Arc<Home>,
    pub running: RunningApp,
    client: TestClient,
}

/// A user with an account.
#[derive(Debug, Clone)]
pub struct TestUser {
    pub id: String,
    pub email: String,
    pub password: String,
}

/// The tokens of a signed-in user.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub access: String,
    pub refresh: String,
    pub session: String,
}

impl SignedIn {
    /// Reads the body of a sign-in or a refresh.
    pub fn from(body: &Value) -> Self {
        let text = |name: &str| body["tokens"][name].as_str().unwrap().to_owned();
        Self { access: text("access_token"), refresh: text("refresh_token"), session: text("session_id") }
    }
}

/// A database with all tables.
pub async fn database() -> TestDatabase {
    static TEMPLATE: TestTemplate = TestTemplate::new();
    let prepare = async |url: String| {
        let store = Store::connect(&url, 2).await.unwrap();
        store.migrate(SystemClock.now()).await.unwrap();
        store.close().await;
    };
    TEMPLATE.copy(prepare).await
}

impl Home {
    /// With all tables.
    pub async fn new() -> Arc<Self> {
        Self::with(database().await)
    }

    /// On this database.
    fn with(database: TestDatabase) -> Arc<Self> {
        let home = Self { database, clock: Arc::default(), folder: tempfile::tempdir().unwrap() };
        // On a server the operator creates the keys, once for all replicas.
        let keys = KeyFolder::new(home.key_dir());
        keys.create(TokenAlgorithm::EdDsa, home.clock.now()).unwrap();
        keys.refresh_key_or_new().unwrap();
        Arc::new(home)
    }

    pub fn key_dir(&self) -> PathBuf {
        self.folder.path().join("keys")
    }

    /// Changes rows in ways that no endpoint offers yet.
    pub async fn sql(&self, statement: &str) {
        self.database.connect().await.execute_unprepared(statement).await.unwrap();
    }

    pub fn config(&self) -> Config {
        let mut config = Config::embedded(self.folder.path(), SocketAddr::from(([127, 0, 0, 1], 0)));
        config.server.workers = 2;
        config.server.drain_timeout = Duration::from_secs(1);
        config.database_url = self.database.url().to_owned().into();
        config.database_connections = 4;
        config.issuer = "http://auth.test".into();
        config.service_clients = Some(vec![ClientSecret { id: CLIENT.0.into(), secret: CLIENT.1.to_owned().into() }]);
        config.hashing.threads = 2;
        config.hashing.deadline = Duration::from_secs(60);
        config.limits = config.limits.shadow(); // no default limit rejects bursts of tests
        config
    }
}

impl TestApp {
    /// A service with the usual settings.
    pub async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    /// Number of entries in the sign-in history of a user.
    pub async fn count_sign_ins(&self, user: UserId) -> usize {
        let (from, until) = (DateTime::UNIX_EPOCH, self.state().now() + TimeDelta::days(400));
        self.state().store.list_sign_ins(user, from, until, 1000).await.unwrap().len()
    }

    /// A service with settings of its own.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::start_in(Home::new().await, change).await
    }

    /// A service that finds no tables and creates none.
    pub async fn start_without_tables() -> Self {
        Self::start_in(Home::with(TestDatabase::create().await), |config| config.migrate = false).await
    }

    /// A service on the database and keys of another one.
    pub async fn start_in(home: Arc<Home>, change: impl FnOnce(&mut Config)) -> Self {
        Self::start_all(home, change, Providers::default()).await
    }

    /// A service that offers these social providers.
    pub async fn start_offering(providers: Providers) -> Self {
        Self::start_all(Home::new().await, |_| (), providers).await
    }

    async fn start_all(home: Arc<Home>, change: impl FnOnce(&mut Config), providers: Providers) -> Self {
        let mut config = home.config();
        change(&mut config);
        let app = build_with(config, home.clock.clone(), providers).await.unwrap();
        let running = app.start(mail_text).unwrap();
        let client = TestClient::new(format!("http://{}", running.address()));
        Self { home, running, client }
    }

    /// A service that is already running.
    pub fn of(home: Arc<Home>, running: RunningApp, client: TestClient) -> Self {
        Self { home, running, client }
    }

    /// Stops, and starts again on the same database.
    pub async fn restart(self) -> Self {
        let home = Arc::clone(&self.home);
        self.running.stop().await.unwrap();
        Self::start_in(home, |_| ()).await
    }

    pub fn address(&self) -> std::net::SocketAddr {
        self.running.address()
    }

    pub fn state(&self) -> &AppState {
        self.running.state()
    }

    pub fn advance(&self, by: Duration) {
        self.home.clock.advance(by);
    }

    /// Signs a new user up.
    pub async fn user(&self) -> TestUser {
        self.user_with(json!({})).await
    }

    /// Signs a new user up with additional fields.
    pub async fn user_with(&self, more: Value) -> TestUser {
        let mut body = json!({"email": unique_email(), "password": "three cats on a sofa"});
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        let reply = self.post("/api/v1/users").json(&body).send().await.assert_status(201);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        TestUser { id: text(&reply["user"]["id"]), email: text(&body["email"]), password: text(&body["password"]) }
    }

    /// Signs a new user up and proves the e-mail: such users can have roles.
    pub async fn proved_user(&self) -> TestUser {
        let user = self.user().await;
        let context = AuditContext::of_command("tests", None, self.state().now());
        self.state().store.prove_email(user.id.parse().unwrap(), &context, None).await.unwrap();
        user
    }

    /// An administrator, signed in.
    pub async fn admin(&self) -> (TestUser, SignedIn) {
        let (email, password) = (unique_email(), "five dogs in a garden".to_owned());
        let new = NewPassword::parse(Secret::new(&password)).unwrap();
        let context = AuditContext::of_command("tests", None, self.state().now());
        let made = self.state().accounts.create_admin(Email::parse(&email).unwrap(), new, &context).await.unwrap();
        let user = TestUser { id: made.key.id.to_string(), email, password };
        let signed_in = self.signed_in(&user).await;
        (user, signed_in)
    }

    pub async fn log_in(&self, email: &str, password: &str) -> TestReply {
        self.post("/api/v1/sessions").json(&json!({"email": email, "password": password})).send().await
    }

    pub async fn signed_in(&self, user: &TestUser) -> SignedIn {
        SignedIn::from(&self.log_in(&user.email, &user.password).await.assert_status(201))
    }

    pub async fn refresh(&self, token: &str) -> TestReply {
        self.post("/api/v1/sessions/refresh").json(&json!({"refresh_token": token})).send().await
    }

    pub async fn me(&self, access: &str) -> TestReply {
        self.get("/api/v1/me").bearer(access).send().await
    }

    pub async fn log_out(&self, access: &str) -> TestReply {
        self.delete("/api/v1/sessions/current").bearer(access).send().await
    }

    pub async fn introspect(&self, token: &str) -> Value {
        let (id, secret) = CLIENT;
        self.post("/oauth2/introspect").basic(id, secret).form(&[("token", token)]).send().await.assert_status(200)
    }

    pub async fn is_active(&self, token: &str) -> bool {
        self.introspect(token).await["active"] == true
    }

    pub async fn change_role(&self, method: Method, admin: &SignedIn, user: &str, role: &str) -> TestReply {
        self.request(method, &format!("/api/v1/users/{user}/roles/{role}")).bearer(&admin.access).send().await
    }
}

impl Deref for TestApp {
    type Target = TestClient;

    fn deref(&self) -> &TestClient {
        &self.client
    }
}

pub fn unique_email() -> String {
    format!("person-{}@example.org", Uuid::now_v7().simple())
}

/// Mails that were sent in this process, in their order. Addresses are unique, so tests share it.
pub static SENT_MAILS: Mutex<Vec<Mail>> = Mutex::new(Vec::new());

/// URLs of the account page that texts of mails got, by recipient.
pub static ACCOUNT_URLS: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());

/// Text of a mail in tests: its address of the account page.
pub fn mail_text(mail: &Mail, account: &str) -> MailText {
    ACCOUNT_URLS.lock().unwrap().push((mail.to.as_str().to_owned(), account.to_owned()));
    SENT_MAILS.lock().unwrap().push(mail.clone());
    MailText { subject: "Your account", body: format!("{account}\n") }
}
