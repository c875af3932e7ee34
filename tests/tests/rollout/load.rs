//! What people do while the services are replaced: at a constant rate, whatever the answers do.

use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use tokio::task::{JoinHandle, JoinSet};

/// Requests per second.
const RATE: f64 = 120.0;
/// The longest that anybody waits for an answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// Everybody's password.
pub const PASSWORD: &str = "three canaries on a sofa";

/// One kind of request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ask {
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

/// Who asks what, again and again: four times a second each line. Whatever is sent by POST is never sent twice by nginx.
const DAY: [Ask; 30] = {
    use Ask::{FilmAsMember, List, ListAsMember, LogIn, Me, Refresh, Search, SearchAsMember, Tv};
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

/// A session in somebody's app.
pub struct Session {
    access: String,
    refresh: String,
}

impl Session {
    fn of(reply: &Value) -> Option<Self> {
        let text = |name: &str| reply["tokens"][name].as_str().map(ToOwned::to_owned);
        Some(Self { access: text("access_token")?, refresh: text("refresh_token")? })
    }
}

/// What became of a request.
pub struct Outcome {
    /// What was asked.
    pub ask: Ask,
    /// When, since the begin of the load.
    pub at: Duration,
    /// How long it took.
    pub took: Duration,
    /// What was wrong with the answer.
    pub wrong: Option<String>,
}

/// What all requests share.
struct People {
    http: Client,
    base: String,
    film: String,
    emails: Vec<String>,
    sessions: Mutex<VecDeque<Session>>,
}

impl People {
    /// A request of somebody at an address of their own, so that limits count as in real life.
    fn at_home(&self, request: RequestBuilder) -> RequestBuilder {
        let [_, a, b, c] = rand::random::<u32>().to_be_bytes();
        request.header("x-forwarded-for", Ipv4Addr::new(11, a, b, c).to_string())
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.at_home(self.http.get(format!("{}{path}", self.base)))
    }

    fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        self.at_home(self.http.post(format!("{}{path}", self.base)).json(body))
    }

    /// The access token of one of the sessions.
    fn token(&self) -> String {
        let sessions = self.sessions.lock().expect("nobody panics with it");
        sessions[rand::random::<u32>() as usize % sessions.len()].access.clone()
    }

    /// Asks, and says what was wrong with the answer.
    async fn ask(&self, ask: Ask) -> Result<(), String> {
        let (list, search) = ("/api/v1/films?page_size=5", "/api/v1/films/search?query=matrix");
        match ask {
            Ask::List => seen_as("anonymous", self.get(list)).await,
            Ask::Search => seen_as("anonymous", self.get(search)).await,
            Ask::ListAsMember => seen_as("member", self.get(list).bearer_auth(self.token())).await,
            Ask::SearchAsMember => seen_as("member", self.get(search).bearer_auth(self.token())).await,
            Ask::FilmAsMember => seen_as("member", self.get(&self.film).bearer_auth(self.token())).await,
            Ask::Me => answer(200, self.get("/api/v1/me").bearer_auth(self.token())).await.map(drop),
            Ask::Tv => answer(200, self.get("/tv")).await.map(drop),
            Ask::LogIn => self.log_in().await.map(drop),
            Ask::Refresh => self.refresh().await,
        }
    }

    async fn log_in(&self) -> Result<Session, String> {
        let email = &self.emails[rand::random::<u32>() as usize % self.emails.len()];
        let body = json!({"email": email, "password": PASSWORD});
        let text = answer(201, self.post("/api/v1/sessions", &body)).await?;
        Session::of(&json_of(&text)?).ok_or(text)
    }

    /// Takes a session, so that nobody else refreshes it, and puts its successor back.
    async fn refresh(&self) -> Result<(), String> {
        let Some(session) = self.sessions.lock().expect("nobody panics with it").pop_front() else {
            return Err("no session is left".to_owned());
        };
        let body = json!({"refresh_token": session.refresh});
        let text = answer(200, self.post("/api/v1/sessions/refresh", &body)).await?;
        let next = Session::of(&json_of(&text)?).ok_or(text)?;
        self.sessions.lock().expect("nobody panics with it").push_back(next);
        Ok(())
    }
}

async fn answer(status: u16, request: RequestBuilder) -> Result<String, String> {
    let reply = request.timeout(PATIENCE).send().await.map_err(|error| format!("{error:?}"))?;
    let found = reply.status().as_u16();
    let text = reply.text().await.map_err(|error| format!("{error:?}"))?;
    if found == status { Ok(text) } else { Err(format!("{found} {text}")) }
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
    people: Arc<People>,
    asking: JoinHandle<Vec<Outcome>>,
}

impl Load {
    /// Signs everybody in twice, then begins.
    pub async fn start(base: &str, emails: Vec<String>) -> Self {
        let http = Client::builder().no_proxy().build().expect("a plain client can be built");
        let (base, sessions) = (base.to_owned(), Mutex::default());
        let mut people = People { http, base, film: String::new(), emails, sessions };
        let films = answer(200, people.get("/api/v1/films?page_size=1")).await.expect("a film");
        let films = json_of(&films).expect("films");
        people.film = format!("/api/v1/films/{}", films["items"][0]["id"].as_str().expect("an id"));
        for _ in 0..2 * people.emails.len() {
            let session = people.log_in().await.expect("a session");
            people.sessions.lock().expect("nobody panics with it").push_back(session);
        }
        let (stop, people) = (Arc::new(AtomicBool::new(false)), Arc::new(people));
        let asking = tokio::spawn(go_on(Arc::clone(&people), Arc::clone(&stop)));
        Self { stop, people, asking }
    }

    /// Signs in; gives the access token.
    pub async fn new_token(&self) -> String {
        self.people.log_in().await.expect("a session").access
    }

    /// Ends it; gives what became of all requests.
    pub async fn stop(self) -> Vec<Outcome> {
        self.stop.store(true, Ordering::Relaxed);
        self.asking.await.expect("nobody panics")
    }
}

async fn go_on(people: Arc<People>, stop: Arc<AtomicBool>) -> Vec<Outcome> {
    let (begin, mut asked) = (Instant::now(), JoinSet::new());
    let mut tick = tokio::time::interval(Duration::from_secs_f64(1.0 / RATE));
    for ask in DAY.into_iter().cycle() {
        tick.tick().await;
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let people = Arc::clone(&people);
        asked.spawn(async move {
            let at = begin.elapsed();
            let wrong = people.ask(ask).await.err();
            Outcome { ask, at, took: begin.elapsed() - at, wrong }
        });
    }
    asked.join_all().await
}
