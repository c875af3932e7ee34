//! A proxy to PostgreSQL on which connections can die silently.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// Forwards bytes in both directions, except on silenced connections: those stay open and receive nothing.
#[derive(Clone)]
pub struct SilentProxy {
    url: String,
    alive: Alive,
    /// New connections die after the startup, with their first statement.
    silences_sessions: Arc<AtomicBool>,
    next: Arc<AtomicU64>,
}

/// Part of the first statement on a connection of a pool.
const FIRST_STATEMENT: &[u8] = b"SET plan_cache_mode";

/// Numbers of the live connections: from the first up to but excluding the second.
#[derive(Clone)]
struct Alive(Arc<AtomicU64>, Arc<AtomicU64>);

impl Alive {
    fn set(&self, from: u64, to: u64) {
        self.0.store(from, Ordering::SeqCst);
        self.1.store(to, Ordering::SeqCst);
    }

    fn contains(&self, number: u64) -> bool {
        (self.0.load(Ordering::SeqCst)..self.1.load(Ordering::SeqCst)).contains(&number)
    }
}

impl SilentProxy {
    /// A proxy between a pool and the server of `url`.
    pub async fn start(url: &str) -> Self {
        let (before, rest) = url.split_once('@').expect("a role in the URL");
        let (target, database) = rest.split_once('/').expect("a database in the URL");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let alive = Alive(Arc::default(), Arc::new(AtomicU64::new(u64::MAX)));
        let url = format!("{before}@{address}/{database}");
        let proxy = Self { url, alive, silences_sessions: Arc::default(), next: Arc::default() };
        tokio::spawn(proxy.clone().serve(listener, target.to_owned()));
        proxy
    }

    /// URL of the database through the proxy.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Silences every connection, new ones included.
    pub fn silence(&self) {
        self.alive.set(u64::MAX, u64::MAX);
    }

    /// Silences new connections with their first statement.
    pub fn silence_new_sessions(&self) {
        self.silences_sessions.store(true, Ordering::SeqCst);
    }

    /// Keeps the next connection alive, and silences those after it.
    pub fn accept_one(&self) {
        let next = self.connections();
        self.alive.set(next, next + 1);
    }

    /// Number of connections so far.
    pub fn connections(&self) -> u64 {
        self.next.load(Ordering::SeqCst)
    }

    /// Keeps new connections alive.
    pub fn accept_again(&self) {
        self.silences_sessions.store(false, Ordering::SeqCst);
        self.alive.set(self.connections(), u64::MAX);
    }

    async fn serve(self, listener: TcpListener, target: String) {
        while let Ok((client, _)) = listener.accept().await {
            let number = self.next.fetch_add(1, Ordering::SeqCst);
            let Ok(server) = TcpStream::connect(&target).await else { return };
            let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
            tokio::spawn(self.clone().forward(from_client, to_server, number));
            tokio::spawn(self.clone().forward(from_server, to_client, number));
        }
    }

    async fn forward(self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf, number: u64) {
        let mut bytes = vec![0; 16 * 1024];
        while let Ok(read @ 1..) = from.read(&mut bytes).await {
            let is_first = bytes[..read].windows(FIRST_STATEMENT.len()).any(|window| window == FIRST_STATEMENT);
            if is_first && self.silences_sessions.load(Ordering::SeqCst) {
                std::future::pending::<()>().await;
            }
            if self.alive.contains(number) && to.write_all(&bytes[..read]).await.is_err() {
                return;
            }
        }
        if !self.alive.contains(number) {
            std::future::pending::<()>().await; // not even the end is forwarded
        }
    }
}
