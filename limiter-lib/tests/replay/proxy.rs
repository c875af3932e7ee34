//! A proxy to Redis that can black-hole all traffic: connections stay open, nothing is forwarded.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, tcp},
    sync::watch,
};

pub struct Proxy {
    port: u16,
    black_holed: watch::Sender<bool>,
}

impl Proxy {
    /// A proxy in front of a server on loopback, for the lifetime of the runtime.
    pub async fn before(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let black_holed = watch::Sender::new(false);
        tokio::spawn(accept(listener, server, black_holed.subscribe()));
        Self { port, black_holed }
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub fn black_hole(&self, all: bool) {
        self.black_holed.send_replace(all);
    }
}

async fn accept(listener: TcpListener, server: u16, mut black_holed: watch::Receiver<bool>) {
    // Ends when the proxy is dropped.
    while black_holed.wait_for(|black_holed| !black_holed).await.is_ok() {
        let Ok((client, _)) = listener.accept().await else { return };
        // The server is unavailable: the connection of the client is closed.
        let Ok(server) = TcpStream::connect(("127.0.0.1", server)).await else { continue };
        client.set_nodelay(true).unwrap();
        server.set_nodelay(true).unwrap();
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        tokio::spawn(forward(from_client, to_server, black_holed.clone()));
        tokio::spawn(forward(from_server, to_client, black_holed.clone()));
    }
}

async fn forward(mut from: tcp::OwnedReadHalf, mut to: tcp::OwnedWriteHalf, mut black_holed: watch::Receiver<bool>) {
    let mut bytes = vec![0; 1 << 16];
    loop {
        let read = from.read(&mut bytes).await.unwrap_or(0);
        // Bytes that were read before wait too.
        if read == 0
            || black_holed.wait_for(|black_holed| !black_holed).await.is_err()
            || to.write_all(&bytes[..read]).await.is_err()
        {
            return;
        }
    }
}
