//! The service under test, with its own port, database and auth-service.

use std::future::Future;
use std::ops::Deref;
use std::sync::{Arc, LazyLock, mpsc};
use std::time::Duration;

use clap::Parser;
use futures_util::FutureExt;
use movies_api::app::{self, RunningApp};
use movies_api::config::ServeSettings;
use movies_api::domain::viewer::{Rights, Subscription};
use movies_api::search_pool::SearchPoolError;
use serde_json::Value;
use service_kit::testing::{ManualClock, TestClient, TestDatabase, TestReply, eventually};
use service_kit::{Clock, SystemClock};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::task::{JoinHandle, JoinSet};

use crate::auth_stand_in::{AuthStandIn, CLIENT};

/// Runtime of the services, which outlive their test for a moment: they are stopped, not leaked.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime can be built")
});

/// Spawns a task that is not stopped with a test's own runtime.
pub fn spawn<F>(task: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    RUNTIME.spawn(task)
}

/// Runs `work` on the same runtime.
pub fn on_runtime<T>(work: impl FnOnce() -> T) -> T {
    let _entered = RUNTIME.enter();
    work()
}

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    settings: ServeSettings,
}

/// A running service with its 60 built-in films.
pub struct TestApp {
    pub auth: AuthStandIn,
    pub database: TestDatabase,
    client: TestClient,
    running: Option<RunningApp>,
    _data: TempDir,
}

impl Deref for TestApp {
    type Target = TestClient;

    fn deref(&self) -> &TestClient {
        &self.client
    }
}

impl TestApp {
    /// With the usual settings; the long timeout of auth-service makes tests independent of the load of the machine.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// With additional settings, as on the command line.
    pub async fn start_with(settings: &[&str]) -> Self {
        Self::start_unready(settings).await.loaded().await
    }

    /// The same with a clock that the test moves.
    pub async fn start_at(clock: Arc<ManualClock>, settings: &[&str]) -> Self {
        Self::build(clock, settings).await.loaded().await
    }

    /// Without waiting for the catalogue.
    pub async fn start_unready(settings: &[&str]) -> Self {
        Self::build(SystemClock::shared(), settings).await
    }

    async fn loaded(self) -> Self {
        let ready = async || self.get("/readyz").send().await.status == 200;
        eventually("the catalogue is loaded", Duration::from_secs(60), ready).await;
        self
    }

    async fn build(clock: Arc<dyn Clock>, settings: &[&str]) -> Self {
        let (auth, database) = (AuthStandIn::start(), TestDatabase::create().await);
        let data = tempfile::tempdir().expect("a temporary folder can be made");
        let auth_url = auth.url();
        let usual = [
            ("--data-dir", data.path().to_str().expect("the folder's name is text")),
            ("--database-url", database.url()),
            ("--listen", "127.0.0.1:0"),
            ("--workers", "1"),
            ("--migrate", "true"),
            ("--builtin-catalogue", "true"),
            ("--auth-url", &auth_url),
            ("--auth-client-id", CLIENT.0),
            ("--auth-client-secret", CLIENT.1),
            ("--auth-timeout", "5s"),
            ("--drain-timeout", "1s"),
            ("--feed-interval", "50ms"),
            ("--limits", "shadow"), // default limits must not reject the bursts of tests
        ];
        let given = |name: &str| settings.contains(&name);
        let usual = usual.iter().filter(|(name, _)| !given(name)).flat_map(|(name, value)| [*name, *value]);
        let arguments = ["movies-api"].into_iter().chain(usual).chain(settings.iter().copied());
        let config = Settings::try_parse_from(arguments).unwrap_or_else(|error| panic!("{error}")).settings;
        let config = config.check().unwrap_or_else(|error| panic!("{error}"));
        let starting = async { app::build(config, clock).await?.start() };
        let started = spawn(starting).await.expect("starting does not panic");
        let running = started.expect("the service starts");
        Self { auth, database, client: TestClient::new(running.url()), running: Some(running), _data: data }
    }

    /// Begins to stop; the service continues for as long as its settings allow.
    pub fn begin_to_stop(&mut self) {
        if let Some(running) = self.running.take() {
            spawn(running.stop());
        }
    }

    /// Occupies all search threads and the whole queue, until the returned value is dropped.
    pub fn occupy_searches(&self) -> OccupiedSearches {
        let pool = &self.running.as_ref().expect("the service runs").state().searches;
        let mut occupied = OccupiedSearches::default();
        loop {
            let (pool, (release, released)) = (Arc::clone(pool), mpsc::channel::<()>());
            let mut search = Box::pin(async move { pool.run(move |_| released.recv().is_err()).await });
            match (&mut search).now_or_never() {
                Some(Err(SearchPoolError::Busy)) => return occupied,
                Some(outcome) => panic!("a search ended: {outcome:?}"),
                None => occupied.searches.spawn(search),
            };
            occupied.releases.push(release);
        }
    }

    /// A token of a user of this age, without a role.
    pub fn aged(&self, age: u8) -> String {
        self.auth.token(Some(age), &[])
    }

    /// A token of an editor of unknown age.
    pub fn editor(&self) -> String {
        self.auth.token(None, &["films.write"])
    }

    /// A response as this caller sees it.
    pub async fn read(&self, path: &str, token: Option<&str>) -> TestReply {
        let request = self.get(path);
        let request = if let Some(token) = token { request.bearer(token) } else { request };
        request.send().await
    }

    /// The body of a successful anonymous response.
    pub async fn body(&self, path: &str) -> Value {
        self.read(path, None).await.assert_status(200)
    }

    /// Deletes a film at its current version.
    pub async fn delete_film(&self, id: &str) -> TestReply {
        let path = format!("/api/v1/films/{id}");
        let film = self.read(&path, Some(&self.editor())).await.assert_status(200);
        let version = &film["film"]["version"];
        self.delete(&format!("{path}?version={version}")).bearer(&self.editor()).send().await
    }

    /// Id of a film of the catalogue, regardless of rights.
    pub fn film(&self, title: &str) -> String {
        let snapshot =
            self.running.as_ref().and_then(|app| app.state().catalogue.newest()).expect("the catalogue is loaded");
        let all = Rights { age_limit: u8::MAX, subscription: Subscription::Active };
        let films = snapshot.search_films(title, all, 0, 100, &|| true).expect("the index can be searched");
        let film = films.into_iter().find(|film| film.title.en == title);
        film.unwrap_or_else(|| panic!("no film {title}")).id.to_string()
    }

    /// Id of a person of the catalogue, regardless of rights.
    pub fn person(&self, name: &str) -> String {
        let snapshot =
            self.running.as_ref().and_then(|app| app.state().catalogue.newest()).expect("the catalogue is loaded");
        let all = Rights { age_limit: u8::MAX, subscription: Subscription::Active };
        let persons = snapshot.search_persons(name, all, 0, 100, &|| true).expect("the index can be searched");
        let view = persons.into_iter().find(|view| view.person.name.en == name);
        view.unwrap_or_else(|| panic!("no person {name}")).person.id.to_string()
    }
}

/// Searches that last until this is dropped.
#[derive(Default)]
pub struct OccupiedSearches {
    releases: Vec<mpsc::Sender<()>>,
    searches: JoinSet<Result<bool, SearchPoolError>>,
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.begin_to_stop();
    }
}

/// A path with a query of these values.
pub fn with_query(path: &str, parameters: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    format!("{path}?{query}")
}

/// One text field of each item of a list.
pub fn column(body: &Value, field: &str) -> Vec<String> {
    let items = body["items"].as_array().unwrap_or_else(|| panic!("no items: {body}"));
    items.iter().map(|item| item[field].as_str().unwrap_or_else(|| panic!("no {field}: {item}")).to_owned()).collect()
}

/// The titles of a list of films.
pub fn titles(body: &Value) -> Vec<String> {
    column(body, "title")
}
