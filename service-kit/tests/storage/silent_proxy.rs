//! A way to PostgreSQL on which connections can die without a word.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// Hands bytes on in both directions, except on connections that are silenced: those stay open and hear nothing.
pub struct SilentProxy {
    url: String,
    alive: Alive,
    next: Arc<AtomicU64>,
}

/// The numbers of the connections that live: from the first up to and without the second.
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
    /// Between a pool and the server of `url`.
    pub async fn start(url: &str) -> Self {
        let (before, rest) = url.split_once('@').expect("a role in the URL");
        let (target, database) = rest.split_once('/').expect("a database in the URL");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let alive = Alive(Arc::default(), Arc::new(AtomicU64::new(u64::MAX)));
        let next = Arc::new(AtomicU64::new(0));
        tokio::spawn(serve(listener, target.to_owned(), alive.clone(), Arc::clone(&next)));
        Self { url: format!("{before}@{address}/{database}"), alive, next }
    }

    /// Where to connect to.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Every connection is dead from now on, those to come included.
    pub fn silence(&self) {
        self.alive.set(u64::MAX, u64::MAX);
    }

    /// The next connection lives, and those after it are dead.
    pub fn accept_one(&self) {
        let next = self.connections();
        self.alive.set(next, next + 1);
    }

    /// Number of connections so far.
    pub fn connections(&self) -> u64 {
        self.next.load(Ordering::SeqCst)
    }

    /// Connections that are made from now on live.
    pub fn accept_again(&self) {
        self.alive.set(self.connections(), u64::MAX);
    }
}

async fn serve(listener: TcpListener, target: String, range: Alive, next: Arc<AtomicU64>) {
    while let Ok((client, _)) = listener.accept().await {
        let number = next.fetch_add(1, Ordering::SeqCst);
        let Ok(server) = TcpStream::connect(&target).await else { return };
        let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
        tokio::spawn(hand_on(from_client, to_server, number, range.clone()));
        tokio::spawn(hand_on(from_server, to_client, number, range.clone()));
    }
}

async fn hand_on(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, number: u64, range: Alive) {
    let mut bytes = vec![0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        if range.contains(number) && to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
    if !range.contains(number) {
        std::future::pending::<()>().await; // not even the end is told
    }
}
