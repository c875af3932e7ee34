//! A cheap load generator for HTTP: keep-alive connections, one request in flight on each, and of a response only the
//! status and the length are read.

use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::LocalSet,
};

/// Connections at once.
pub const CONNECTIONS: usize = 32;

const REQUEST: &[u8] = b"GET /bare HTTP/1.1\r\nhost: bench\r\n\r\n";

/// Sends requests for `time`; returns the number of responses, each with status 200.
pub async fn round(address: &str, time: Duration) -> anyhow::Result<usize> {
    let until = Instant::now() + time;
    let local = LocalSet::new();
    let runs: Vec<_> = (0..CONNECTIONS).map(|_| local.spawn_local(connection(address.to_owned(), until))).collect();
    local
        .run_until(async {
            let mut responses = 0;
            for run in runs {
                responses += run.await??;
            }
            Ok(responses)
        })
        .await
}

async fn connection(address: String, until: Instant) -> anyhow::Result<usize> {
    let mut stream = TcpStream::connect(&address).await.with_context(|| format!("cannot reach {address}"))?;
    stream.set_nodelay(true)?;
    let (mut responses, mut buffer) = (0, Vec::with_capacity(4096));
    while Instant::now() < until {
        stream.write_all(REQUEST).await?;
        read_response(&mut stream, &mut buffer).await?;
        responses += 1;
    }
    Ok(responses)
}

/// Reads one response with status 200 and a Content-Length.
async fn read_response(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> anyhow::Result<()> {
    buffer.clear();
    loop {
        ensure!(stream.read_buf(buffer).await? > 0, "the connection was closed");
        let Some(head) = buffer.windows(4).position(|end| end == b"\r\n\r\n") else { continue };
        let text = std::str::from_utf8(&buffer[..head])?;
        if !text.starts_with("HTTP/1.1 200") {
            bail!("not a success: {}", String::from_utf8_lossy(buffer));
        }
        let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        let whole = head + 4 + length.unwrap_or(0usize);
        while buffer.len() < whole {
            ensure!(stream.read_buf(buffer).await? > 0, "the connection was closed");
        }
        return Ok(());
    }
}
