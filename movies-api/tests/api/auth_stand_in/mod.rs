//! A test double of auth-service: real HTTP on a real port, so that failures are real ones. What it is asked and what it
//! answers is held to the published files.

mod connection;
mod failure;
pub mod published;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use contracts::auth::oauth::{IntrospectResponse, Subject};
use contracts::ids::{SessionId, UserId};
use serde_json::Value;
use tokio::net::TcpSocket;
use tokio::task::{JoinHandle, JoinSet};

pub use failure::Failure;

/// Client id and secret of movies-api.
pub const CLIENT: (&str, &str) = ("movies-api", "a secret for tests only");

/// The test double. It knows the tokens it has issued; every other token is inactive.
pub struct AuthStandIn {
    shared: Arc<Shared>,
    address: SocketAddr,
    /// Bound and never listening: reserves the port while nothing listens on it.
    _reserved: TcpSocket,
    listening: Mutex<Option<JoinHandle<()>>>,
}

/// A recorded call.
#[derive(Debug, Clone)]
pub struct RecordedCall {
    pub token: String,
    pub request_id: String,
    pub deadline_ms: u64,
}

#[derive(Default)]
pub(crate) struct Shared {
    tokens: Mutex<HashMap<String, Value>>,
    breaches: Mutex<Vec<String>>,
    failure: Mutex<Option<(Failure, u64)>>,
    responses: AtomicU64,
    latency_ms: AtomicU64,
    recorded_calls: Mutex<Vec<RecordedCall>>,
    issued: AtomicU64,
}

impl AuthStandIn {
    /// Starts listening on a free port.
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

    /// A token of a user with these permissions. Its roles have names that promise more: nothing depends on them.
    pub fn token(&self, age: Option<u8>, permissions: &[&str]) -> String {
        let token = format!("header.{}.signature", self.shared.issued.fetch_add(1, Ordering::Relaxed));
        let permissions = Some(permissions.iter().map(|name| (*name).to_owned()).collect());
        let roles = Some(["admin", "editor", "subscriber"].map(str::to_owned).into());
        let (sub, sid) = (Some(Subject::User(UserId::new())), Some(SessionId::new()));
        let exp = Some(i64::from(u32::MAX));
        let answer = IntrospectResponse { active: true, sub, sid, exp, roles, permissions, age, ..Default::default() };
        self.set_response(&token, answer);
        token
    }

    /// Responds with `answer` for `token` from now on.
    pub fn set_response(&self, token: &str, answer: IntrospectResponse) {
        self.set_json(token, serde_json::to_value(answer).expect("an answer is JSON"));
    }

    /// The same with any JSON.
    pub fn set_json(&self, token: &str, answer: Value) {
        lock(&self.shared.tokens).insert(token.to_owned(), answer);
    }

    /// Revokes a token, as a sign-out does.
    pub fn revoke(&self, token: &str) {
        lock(&self.shared.tokens).remove(token);
    }

    /// Fails like this from now on, for every caller.
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

    /// Fails like this on every `calls`-th call from now on, regardless of the caller.
    pub fn fail_one_in(&self, calls: u64, failure: Failure) {
        *lock(&self.shared.failure) = Some((failure, calls));
    }

    /// Delays every response by this time from now on.
    pub fn slow_down(&self, latency: Duration) {
        let latency = u64::try_from(latency.as_millis()).expect("a short time");
        self.shared.latency_ms.store(latency, Ordering::Relaxed);
    }

    /// Recovers from the failure.
    pub fn recover(&self) {
        *lock(&self.shared.failure) = None;
        if lock(&self.listening).is_none() {
            self.listen();
        }
    }

    /// Calls so far, without those of the probe.
    pub fn recorded_calls(&self) -> Vec<RecordedCall> {
        lock(&self.shared.recorded_calls).clone()
    }

    fn listen(&self) {
        let listener = super::app::on_runtime(|| socket(self.address).listen(1024)).expect("the port is ours");
        let shared = Arc::clone(&self.shared);
        let task = super::app::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(connection::serve(stream, Arc::clone(&shared)));
                while connections.try_join_next().is_some() {}
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
        let breaches = lock(&self.shared.breaches);
        assert!(breaches.is_empty() || std::thread::panicking(), "not as published: {breaches:?}");
    }
}

impl Shared {
    /// The failure of the next response, if any.
    fn failure(&self) -> Option<Failure> {
        let number = self.responses.fetch_add(1, Ordering::Relaxed) + 1;
        lock(&self.failure).filter(|(_, calls)| number.is_multiple_of(*calls)).map(|(failure, _)| failure)
    }

    fn latency(&self) -> Duration {
        Duration::from_millis(self.latency_ms.load(Ordering::Relaxed))
    }

    fn record(&self, call: RecordedCall) {
        if call.request_id != service_kit::client::breaker::probe::REQUEST_ID {
            lock(&self.recorded_calls).push(call);
        }
    }

    /// The answer for `token`; a breach of the published files by the request or the answer fails the test.
    fn introspect(&self, token: &str, sent: &published::Sent<'_>) -> Value {
        let inactive = || serde_json::to_value(IntrospectResponse::default()).expect("an answer is JSON");
        let answer = lock(&self.tokens).get(token).cloned().unwrap_or_else(inactive);
        lock(&self.breaches).extend(published::breaches(sent, &answer));
        answer
    }
}

/// Two of these may share the port; only a listening one gets connections.
fn socket(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().expect("a socket can be made");
    socket.set_reuseport(true).expect("the port can be shared");
    socket.bind(address).expect("the port is free");
    socket
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Delay of failures that hang: longer than any timeout in the tests.
pub(crate) const TOO_LONG: Duration = Duration::from_secs(20);
