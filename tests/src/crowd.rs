//! A crowd of connections of one address to a server, and single requests of other addresses.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;

/// Connections that send nothing.
pub const IDLE: usize = 1_000;
/// Connections that request much and read slowly.
pub const SLOW: usize = 200;
/// Connections that keep sending pipelined requests.
pub const PIPELINING: usize = 50;
/// Requests that each of them sends at a time.
const PIPELINED: usize = 180;

/// The connections; they close when dropped.
pub struct Crowd {
    _tasks: JoinSet<()>,
}

impl Crowd {
    /// Opens all connections to `server` from `source`; the busy ones request `target`.
    ///
    /// # Errors
    /// When the machine has no more sockets. Connections that the server closes are no error.
    pub async fn open(server: SocketAddr, source: IpAddr, target: &str) -> anyhow::Result<Self> {
        let mut tasks = JoinSet::new();
        let request = format!("GET {target} HTTP/1.1\r\nhost: crowd\r\n\r\n");
        for _ in 0..IDLE {
            let stream = connect(server, source, None).await?;
            tasks.spawn(hold(stream));
        }
        for _ in 0..SLOW {
            let stream = connect(server, source, Some(4096)).await?;
            tasks.spawn(read_slowly(stream, request.repeat(20)));
        }
        for _ in 0..PIPELINING {
            tasks.spawn(pipeline(server, source, request.repeat(PIPELINED)));
        }
        Ok(Self { _tasks: tasks })
    }
}

async fn connect(server: SocketAddr, source: IpAddr, buffer: Option<u32>) -> anyhow::Result<TcpStream> {
    let socket = if server.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
    let socket = socket.context("no more sockets")?;
    if let Some(buffer) = buffer {
        socket.set_recv_buffer_size(buffer)?;
    }
    socket.bind((source, 0).into())?;
    socket.connect(server).await.context("the server does not listen")
}

async fn hold(mut stream: TcpStream) {
    let _ = stream.read(&mut [0]).await; // until the server closes it
}

async fn read_slowly(mut stream: TcpStream, requests: String) {
    let _ = stream.write_all(requests.as_bytes()).await;
    while stream.read(&mut [0]).await.is_ok_and(|count| count > 0) {
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

async fn pipeline(server: SocketAddr, source: IpAddr, requests: String) {
    let mut taken = vec![0; 64 * 1024];
    while let Ok(stream) = connect(server, source, None).await {
        let (mut reader, mut writer) = stream.into_split();
        let write = async { while writer.write_all(requests.as_bytes()).await.is_ok() {} };
        let read = async { while reader.read(&mut taken).await.is_ok_and(|count| count > 0) {} };
        tokio::join!(write, read);
    }
}

/// Sends one request from `source` on a new connection; returns the time until the whole response.
///
/// # Errors
/// When the response is no success or takes longer than `bound`.
pub async fn ask(server: SocketAddr, source: IpAddr, target: &str, bound: Duration) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    let exchange = async {
        let mut stream = connect(server, source, None).await?;
        let request = format!("GET {target} HTTP/1.1\r\nhost: other\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        if !answer.starts_with(b"HTTP/1.1 200") {
            bail!("not a success: {}", String::from_utf8_lossy(&answer[..answer.len().min(300)]));
        }
        Ok(begun.elapsed())
    };
    tokio::time::timeout(bound, exchange).await.context("no answer in time")?
}

/// Raises the limit of open files of this process as far as it goes; the crowd needs some 1,300.
pub fn raise_open_files() {
    let hard = getrlimit(Resource::Nofile).maximum;
    let raised = Rlimit { current: Some(hard.unwrap_or(u64::MAX).min(65_536)), maximum: hard };
    let _ = setrlimit(Resource::Nofile, raised); // too low a limit shows as connection errors
}
