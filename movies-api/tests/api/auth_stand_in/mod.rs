//! An auth-service that does as a test tells it: real HTTP on a real port, so that failures are real ones.

mod conversation;
mod failure;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use contracts::auth::oauth::IntrospectResponse;
use contracts::ids::UserId;
use tokio::net::TcpSocket;
use tokio::task::{JoinHandle, JoinSet};

pub use failure::Failure;

/// Name and secret by which movies-api is known here.
pub const CLIENT: (&str, &str) = ("movies-api", "a secret for tests only");

/// The stand-in. It knows the tokens it was told to make; every other token is inactive.
pub struct AuthStandIn {
    shared: Arc<Shared>,
    address: SocketAddr,
    /// Bound and never listening: keeps the port ours while nothing listens there.
    _reserved: TcpSocket,
    listening: Mutex<Option<JoinHandle<()>>>,
}

/// What a call looked like.
#[derive(Debug, Clone)]
pub struct Asked {
    pub token: String,
    pub request_id: String,
    pub deadline_ms: u64,
}

#[derive(Default)]
pub(crate) struct Shared {
    known: Mutex<HashMap<String, IntrospectResponse>>,
    failure: Mutex<Option<(Failure, u64)>>,
    answers: AtomicU64,
    latency_ms: AtomicU64,
    asked: Mutex<Vec<Asked>>,
    made: AtomicU64,
}

impl AuthStandIn {
    /// Begins to listen on a free port.
    pub fn start() -> Self {
        let reserved = socket(SocketAddr::from(([127, 0, 0, 1], 0)));
        let address = reserved.local_addr().expect("a bound socket has an address");
        let stand_in = Self { shared: Arc::default(), address, _reserved: reserved, listening: Mutex::new(None) };
        stand_in.listen();
        stand_in
    }

    /// Its base URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A token of somebody with these roles.
    pub fn token(&self, age: Option<u8>, roles: &[&str]) -> String {
        let token = format!("header.{}.signature", self.shared.made.fetch_add(1, Ordering::Relaxed));
        let roles = Some(roles.iter().map(|role| (*role).to_owned()).collect());
        let (sub, exp) = (Some(UserId::new()), Some(i64::from(u32::MAX)));
        let answer = IntrospectResponse { active: true, sub, exp, roles, age, ..Default::default() };
        self.answers(&token, answer);
        token
    }

    /// Answers `answer` for `token` from now on.
    pub fn answers(&self, token: &str, answer: IntrospectResponse) {
        lock(&self.shared.known).insert(token.to_owned(), answer);
    }

    /// Forgets a token, as after a sign-out.
    pub fn end(&self, token: &str) {
        lock(&self.shared.known).remove(token);
    }

    /// Fails in this way from now on, whoever asks.
    pub async fn fail(&self, failure: Failure) {
        if failure == Failure::RefusesConnections {
            let listening = lock(&self.listening).take();
            if let Some(listening) = listening {
                listening.abort();
                let _ = listening.await; // the port is closed when this returns
            }
        } else {
            self.fail_one_in(1, failure);
        }
    }

    /// Fails in this way each time that so many have asked, whoever they are.
    pub fn fail_one_in(&self, calls: u64, failure: Failure) {
        *lock(&self.shared.failure) = Some((failure, calls));
    }

    /// Takes so long for each answer from now on.
    pub fn slow_down(&self, latency: Duration) {
        let latency = u64::try_from(latency.as_millis()).expect("a short time");
        self.shared.latency_ms.store(latency, Ordering::Relaxed);
    }

    /// Works again.
    pub fn recover(&self) {
        *lock(&self.shared.failure) = None;
        if lock(&self.listening).is_none() {
            self.listen();
        }
    }

    /// Calls so far, those of the probe left out.
    pub fn asked(&self) -> Vec<Asked> {
        lock(&self.shared.asked).clone()
    }

    fn listen(&self) {
        let listener = super::app::on_runtime(|| socket(self.address).listen(1024)).expect("the port is ours");
        let shared = Arc::clone(&self.shared);
        let task = super::app::spawn(async move {
            let mut conversations = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                conversations.spawn(conversation::hold(stream, Arc::clone(&shared)));
                while conversations.try_join_next().is_some() {}
            }
        });
        *lock(&self.listening) = Some(task);
    }
}

impl Drop for AuthStandIn {
    fn drop(&mut self) {
        if let Some(listening) = lock(&self.listening).take() {
            listening.abort();
        }
    }
}

impl Shared {
    /// How the next answer is to go wrong.
    fn failure(&self) -> Option<Failure> {
        let number = self.answers.fetch_add(1, Ordering::Relaxed) + 1;
        lock(&self.failure).filter(|(_, calls)| number.is_multiple_of(*calls)).map(|(failure, _)| failure)
    }

    fn latency(&self) -> Duration {
        Duration::from_millis(self.latency_ms.load(Ordering::Relaxed))
    }

    fn note(&self, asked: Asked) {
        if asked.request_id != service_kit::breaker::probe::REQUEST_ID {
            lock(&self.asked).push(asked);
        }
    }

    fn introspect(&self, token: &str) -> IntrospectResponse {
        lock(&self.known).get(token).cloned().unwrap_or_default()
    }
}

/// Two of these may share the port; connections reach only one that listens.
fn socket(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().expect("a socket can be made");
    socket.set_reuseport(true).expect("the port can be shared");
    socket.bind(address).expect("the port is free");
    socket
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How long the slow ones take: longer than any test lets movies-api wait.
pub(crate) const TOO_LONG: Duration = Duration::from_secs(20);
