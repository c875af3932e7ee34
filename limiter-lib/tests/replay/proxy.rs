//! A way to Redis that can swallow everything: connections stay, nothing comes through.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, tcp},
    sync::watch,
};

pub struct Proxy {
    port: u16,
    swallows: watch::Sender<bool>,
}

impl Proxy {
    /// Stands in front of a server on loopback, as long as the runtime lives.
    pub async fn before(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let swallows = watch::Sender::new(false);
        tokio::spawn(accept(listener, server, swallows.subscribe()));
        Self { port, swallows }
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub fn swallow(&self, all: bool) {
        self.swallows.send_replace(all);
    }
}

async fn accept(listener: TcpListener, server: u16, mut swallows: watch::Receiver<bool>) {
    // It ends with its proxy.
    while swallows.wait_for(|swallows| !swallows).await.is_ok() {
        let Ok((client, _)) = listener.accept().await else { return };
        // A server that is gone: the client sees its connection closed.
        let Ok(server) = TcpStream::connect(("127.0.0.1", server)).await else { continue };
        client.set_nodelay(true).unwrap();
        server.set_nodelay(true).unwrap();
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        tokio::spawn(hand_on(from_client, to_server, swallows.clone()));
        tokio::spawn(hand_on(from_server, to_client, swallows.clone()));
    }
}

async fn hand_on(mut from: tcp::OwnedReadHalf, mut to: tcp::OwnedWriteHalf, mut swallows: watch::Receiver<bool>) {
    let mut bytes = vec![0; 1 << 16];
    loop {
        let read = from.read(&mut bytes).await.unwrap_or(0);
        // What was read before it began to swallow waits too.
        if read == 0
            || swallows.wait_for(|swallows| !swallows).await.is_err()
            || to.write_all(&bytes[..read]).await.is_err()
        {
            return;
        }
    }
}
