//! A cheap load generator: keep-alive connections, prebuilt requests, and only the status and length of each response
//! are parsed. Closed loop: each connection has one request in flight.

use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Connections at once.
pub const CONNECTIONS: usize = 32;

/// Measurements of one round.
#[derive(Debug, Clone, Copy)]
pub struct Figures {
    /// Answers.
    pub answers: usize,
    /// Answers per second.
    pub per_second: f64,
    /// Median time to the whole answer.
    pub p50: Duration,
    /// 99th percentile of it.
    pub p99: Duration,
}

/// Sends `request` over [`CONNECTIONS`] for `time` and measures; every answer must have status 200.
pub async fn round(address: &str, request: &[u8], time: Duration) -> anyhow::Result<Figures> {
    round_of(CONNECTIONS, address, request, time).await
}

/// A [`round`] over that many connections.
pub async fn round_of(connections: usize, address: &str, request: &[u8], time: Duration) -> anyhow::Result<Figures> {
    let start = Instant::now();
    let runs = (0..connections).map(|_| connection(address, request, start + time));
    let mut times: Vec<u32> = Vec::new();
    for run in on_one_thread(runs).await {
        times.extend(run?);
    }
    let elapsed = start.elapsed().as_secs_f64();
    times.sort_unstable();
    ensure!(!times.is_empty(), "no answer");
    let at = |share: f64| Duration::from_micros(u64::from(times[((times.len() - 1) as f64 * share) as usize]));
    Ok(Figures { answers: times.len(), per_second: times.len() as f64 / elapsed, p50: at(0.5), p99: at(0.99) })
}

/// Runs all of them at once on this thread.
pub async fn on_one_thread<T: 'static, F: Future<Output = anyhow::Result<T>> + 'static>(
    runs: impl Iterator<Item = F>,
) -> Vec<anyhow::Result<T>> {
    let local = tokio::task::LocalSet::new();
    let tasks: Vec<_> = runs.map(|run| local.spawn_local(run)).collect();
    local
        .run_until(async {
            let mut results = Vec::new();
            for task in tasks {
                results.push(task.await.map_err(anyhow::Error::from).and_then(|result| result));
            }
            results
        })
        .await
}

fn connection(
    address: &str,
    request: &[u8],
    until: Instant,
) -> impl Future<Output = anyhow::Result<Vec<u32>>> + 'static {
    let (address, request) = (address.to_owned(), request.to_vec());
    async move {
        let mut stream = TcpStream::connect(&address).await.with_context(|| format!("cannot reach {address}"))?;
        stream.set_nodelay(true)?;
        let (mut times, mut buffer) = (Vec::with_capacity(1 << 16), Vec::with_capacity(1 << 16));
        while Instant::now() < until {
            let begun = Instant::now();
            let status = exchange(&mut stream, &request, &mut buffer).await?;
            if status != 200 {
                bail!("not a success: {}", String::from_utf8_lossy(&buffer));
            }
            times.push(u32::try_from(begun.elapsed().as_micros()).unwrap_or(u32::MAX));
        }
        Ok(times)
    }
}

/// Sends one request and reads its response, which has a Content-Length; returns the status.
pub async fn exchange(stream: &mut TcpStream, request: &[u8], buffer: &mut Vec<u8>) -> anyhow::Result<u16> {
    stream.write_all(request).await?;
    buffer.clear();
    loop {
        ensure!(stream.read_buf(buffer).await? > 0, "the connection was closed");
        let Some(head) = buffer.windows(4).position(|end| end == b"\r\n\r\n") else { continue };
        let text = std::str::from_utf8(&buffer[..head])?;
        let status = text.get(9..12).and_then(|status| status.parse().ok()).context("an answer has a status")?;
        let length =
            text.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        let whole = head + 4 + length.unwrap_or(0usize);
        while buffer.len() < whole {
            ensure!(stream.read_buf(buffer).await? > 0, "the connection was closed");
        }
        return Ok(status);
    }
}
