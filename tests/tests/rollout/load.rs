//! The load during a roll-out: requests at a constant rate, independent of the responses (open loop).

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use contracts::codes::HASHING_BUSY;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use service_kit::testing::TestReply;
use tokio::task::{JoinHandle, JoinSet};

/// Requests per second.
const RATE: f64 = 120.0;
/// Timeout of a request.
const TIMEOUT: Duration = Duration::from_secs(15);
/// Longest time in which a sign-in has to be served.
const BOUND: Duration = Duration::from_secs(60);
/// Password of every account.
pub const PASSWORD: &str = "three canaries on a sofa";

/// One kind of request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RequestKind {
    List,
    ListAsMember,
    Search,
    SearchAsMember,
    FilmAsMember,
    Me,
    LogIn,
    Refresh,
    Tv,
}

/// The mix of requests, repeated: each of these lines four times a second. nginx never retries a POST.
const MIX: [RequestKind; 30] = {
    use RequestKind::{FilmAsMember, List, ListAsMember, LogIn, Me, Refresh, Search, SearchAsMember, Tv};
    [
        List,
        ListAsMember,
        Refresh,
        Search,
        FilmAsMember, //
        List,
        SearchAsMember,
        Me,
        ListAsMember,
        Search, //
        List,
        ListAsMember,
        Refresh,
        FilmAsMember,
        LogIn, //
        List,
        SearchAsMember,
        Me,
        ListAsMember,
        Search, //
        List,
        FilmAsMember,
        Refresh,
        ListAsMember,
        Tv, //
        List,
        ListAsMember,
        Refresh,
        Search,
        Me, //
    ]
};

/// A session of an app.
pub struct Session {
    access: String,
    /// `None` while a request exchanges it. The access token stays valid meanwhile.
    refresh: Option<String>,
}

impl Session {
    fn of(reply: &Value) -> Option<Self> {
        let text = |name: &str| reply["tokens"][name].as_str().map(ToOwned::to_owned);
        Some(Self { access: text("access_token")?, refresh: Some(text("refresh_token")?) })
    }
}

/// Result of a request.
pub struct Outcome {
    /// Its kind.
    pub kind: RequestKind,
    /// Its time since the start of the load.
    pub at: Duration,
    /// Its duration.
    pub took: Duration,
    /// The error, if it failed.
    pub error: Option<String>,
}

/// State shared by all requests.
struct Clients {
    http: Client,
    base: String,
    film: String,
    emails: Vec<String>,
    sessions: Mutex<Vec<Session>>,
}

impl Clients {
    /// Sends the request from a random address, so that limits count like those of real clients.
    fn with_random_address(&self, request: RequestBuilder) -> RequestBuilder {
        let [_, a, b, c] = rand::random::<u32>().to_be_bytes();
        request.header("x-forwarded-for", Ipv4Addr::new(11, a, b, c).to_string())
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.with_random_address(self.http.get(format!("{}{path}", self.base)))
    }

    fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        self.with_random_address(self.http.post(format!("{}{path}", self.base)).json(body))
    }

    /// The access token of one of the sessions.
    fn token(&self) -> String {
        let sessions = self.sessions();
        sessions[rand::random::<u32>() as usize % sessions.len()].access.clone()
    }

    /// Sends a request; an error describes a wrong response.
    async fn send(&self, kind: RequestKind) -> Result<(), String> {
        let (list, search) = ("/api/v1/films?page_size=5", "/api/v1/films/search?query=matrix");
        match kind {
            RequestKind::List => seen_as("anonymous", self.get(list)).await,
            RequestKind::Search => seen_as("anonymous", self.get(search)).await,
            RequestKind::ListAsMember => seen_as("member", self.get(list).bearer_auth(self.token())).await,
            RequestKind::SearchAsMember => seen_as("member", self.get(search).bearer_auth(self.token())).await,
            RequestKind::FilmAsMember => seen_as("member", self.get(&self.film).bearer_auth(self.token())).await,
            RequestKind::Me => answer(200, self.get("/api/v1/me").bearer_auth(self.token())).await.map(drop),
            RequestKind::Tv => answer(200, self.get("/tv")).await.map(drop),
            RequestKind::LogIn => self.log_in().await.map(drop),
            RequestKind::Refresh => self.refresh().await,
        }
    }

    async fn log_in(&self) -> Result<Session, String> {
        let email = &self.emails[rand::random::<u32>() as usize % self.emails.len()];
        let body = json!({"email": email, "password": PASSWORD});
        let begun = Instant::now();
        let text = loop {
            match answer(201, self.post("/api/v1/sessions", &body)).await {
                // Beside other work of the machine a password may wait too long for its turn; apps try again then.
                Err(error) if error.contains(HASHING_BUSY.code) && begun.elapsed() < BOUND => {}
                answered => break answered?,
            }
        };
        Session::of(&json_of(&text)?).ok_or(text)
    }

    /// Exchanges the refresh token of a session that no other request is refreshing. When responses are so slow that there
    /// is none, one more session begins.
    async fn refresh(&self) -> Result<(), String> {
        let Some((index, refresh)) = self.take_refresh_token() else {
            let session = self.log_in().await?;
            self.sessions().push(session);
            return Ok(());
        };
        let text = answer(200, self.post("/api/v1/sessions/refresh", &json!({"refresh_token": refresh}))).await?;
        self.sessions()[index] = Session::of(&json_of(&text)?).ok_or(text)?;
        Ok(())
    }

    fn take_refresh_token(&self) -> Option<(usize, String)> {
        let mut sessions = self.sessions();
        let from = rand::random::<u32>() as usize % sessions.len();
        let mut indices = (from..sessions.len()).chain(0..from);
        indices.find_map(|index| sessions[index].refresh.take().map(|refresh| (index, refresh)))
    }

    /// All sessions. Never fewer than at the start.
    fn sessions(&self) -> MutexGuard<'_, Vec<Session>> {
        self.sessions.lock().expect("no thread panics with this lock")
    }
}

async fn answer(status: u16, request: RequestBuilder) -> Result<String, String> {
    let (http, request) = request.timeout(TIMEOUT).build_split();
    let request = request.map_err(|error| format!("{error:?}"))?;
    let (method, path) = (request.method().to_string(), request.url().path().to_owned());
    let reply = http.execute(request).await.map_err(|error| format!("{error:?}"))?;
    let (found, headers) = (reply.status(), reply.headers().clone());
    let body = reply.bytes().await.map_err(|error| format!("{error:?}"))?.to_vec();
    let reply = TestReply { status: found, headers, body };
    match reply.contract_complaint(&method, &path) {
        Some(complaint) => Err(complaint),
        None if found.as_u16() == status => Ok(reply.text()),
        None => Err(format!("{found} {}", reply.text())),
    }
}

async fn seen_as(mode: &str, request: RequestBuilder) -> Result<(), String> {
    let text = answer(200, request).await?;
    let found = &json_of(&text)?["viewer"];
    if found["mode"] == mode { Ok(()) } else { Err(format!("not {mode} but {found}")) }
}

fn json_of(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("{error}: {text}"))
}

/// The running load.
pub struct Load {
    stop: Arc<AtomicBool>,
    clients: Arc<Clients>,
    task: JoinHandle<Vec<Outcome>>,
}

impl Load {
    /// Signs every account in twice, then starts the load.
    #[expect(clippy::disallowed_methods, reason = "a plain client, as the proxy sees it")]
    pub async fn start(base: &str, emails: Vec<String>) -> Self {
        let http = Client::builder().no_proxy().build().expect("a plain client can be built");
        let (base, sessions) = (base.to_owned(), Mutex::default());
        let mut clients = Clients { http, base, film: String::new(), emails, sessions };
        let films = answer(200, clients.get("/api/v1/films?page_size=1")).await.expect("a film");
        let films = json_of(&films).expect("films");
        clients.film = format!("/api/v1/films/{}", films["items"][0]["id"].as_str().expect("an id"));
        for _ in 0..2 * clients.emails.len() {
            let session = clients.log_in().await.expect("a session");
            clients.sessions().push(session);
        }
        let (stop, clients) = (Arc::new(AtomicBool::new(false)), Arc::new(clients));
        let task = tokio::spawn(send_requests(Arc::clone(&clients), Arc::clone(&stop)));
        Self { stop, clients, task }
    }

    /// Signs in and returns the access token.
    pub async fn new_token(&self) -> String {
        self.clients.log_in().await.expect("a session").access
    }

    /// Stops it and returns the results of all requests.
    pub async fn stop(self) -> Vec<Outcome> {
        self.stop.store(true, Ordering::Relaxed);
        self.task.await.expect("no request panics")
    }
}

async fn send_requests(clients: Arc<Clients>, stop: Arc<AtomicBool>) -> Vec<Outcome> {
    let (begin, mut requests) = (Instant::now(), JoinSet::new());
    let mut tick = tokio::time::interval(Duration::from_secs_f64(1.0 / RATE));
    for kind in MIX.into_iter().cycle() {
        tick.tick().await;
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let clients = Arc::clone(&clients);
        requests.spawn(async move {
            let at = begin.elapsed();
            let error = clients.send(kind).await.err();
            Outcome { kind, at, took: begin.elapsed() - at, error }
        });
    }
    requests.join_all().await
}
