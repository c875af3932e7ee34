//! A way to PostgreSQL on which connections can die without a word.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// Hands bytes on in both directions, except on connections that are silenced: those stay open and hear nothing.
pub struct SilentProxy {
    url: String,
    /// Connections with a number below this one are dead.
    dead_below: Arc<AtomicU64>,
    next: Arc<AtomicU64>,
}

impl SilentProxy {
    /// Between a pool and the server of `url`.
    pub async fn start(url: &str) -> Self {
        let (before, rest) = url.split_once('@').expect("a role in the URL");
        let (target, database) = rest.split_once('/').expect("a database in the URL");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (dead_below, next) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        tokio::spawn(serve(listener, target.to_owned(), Arc::clone(&dead_below), Arc::clone(&next)));
        Self { url: format!("{before}@{address}/{database}"), dead_below, next }
    }

    /// Where to connect to.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Every connection is dead from now on, those to come included.
    pub fn silence(&self) {
        self.dead_below.store(u64::MAX, Ordering::SeqCst);
    }

    /// Connections that are made from now on live.
    pub fn accept_again(&self) {
        self.dead_below.store(self.next.load(Ordering::SeqCst), Ordering::SeqCst);
    }
}

async fn serve(listener: TcpListener, target: String, dead_below: Arc<AtomicU64>, next: Arc<AtomicU64>) {
    while let Ok((client, _)) = listener.accept().await {
        let number = next.fetch_add(1, Ordering::SeqCst);
        let Ok(server) = TcpStream::connect(&target).await else { return };
        let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
        tokio::spawn(hand_on(from_client, to_server, number, Arc::clone(&dead_below)));
        tokio::spawn(hand_on(from_server, to_client, number, Arc::clone(&dead_below)));
    }
}

async fn hand_on(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, number: u64, dead_below: Arc<AtomicU64>) {
    let mut bytes = vec![0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        let alive = number >= dead_below.load(Ordering::SeqCst);
        if alive && to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
    if number < dead_below.load(Ordering::SeqCst) {
        std::future::pending::<()>().await; // not even the end is told
    }
}
