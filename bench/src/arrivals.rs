//! Open loop: requests are sent at their planned times, however slow the responses to earlier ones are.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use tokio::net::TcpStream;

use crate::load::{exchange, on_one_thread};
use crate::say;

/// Requests that arrive at a fixed rate.
#[derive(Debug, Clone)]
pub struct Arrivals {
    /// Address of the server.
    pub address: String,
    /// Requests, sent in turn.
    pub requests: Vec<Arc<Vec<u8>>>,
    /// Requests per second.
    pub per_second: f64,
}

/// Response to one of them.
#[derive(Debug, Clone, Copy)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Time from sending the request to the whole response; with a new connection if none was idle.
    pub took: Duration,
    /// Time from the start of the run to the whole response.
    pub received: Duration,
}

/// Kept-alive connections without a request in flight.
type IdleConnections = Rc<RefCell<Vec<TcpStream>>>;

/// Sends all kinds of requests for `time` and returns the replies of each kind, in order. Each kind has a thread of its
/// own, so that none waits in this program for another, and goes first where that is permitted: clients have processors
/// of their own.
pub fn run(kinds: &[Arrivals], time: Duration) -> anyhow::Result<Vec<Vec<Reply>>> {
    let begun = Instant::now();
    std::thread::scope(|scope| {
        let threads: Vec<_> = kinds.iter().map(|kind| scope.spawn(move || run_kind(kind, begun, time))).collect();
        threads.into_iter().map(|thread| thread.join().map_err(|_| anyhow!("a thread of arrivals panicked"))?).collect()
    })
}

fn run_kind(arrivals: &Arrivals, begun: Instant, time: Duration) -> anyhow::Result<Vec<Reply>> {
    if let Err(error) = rustix::process::nice(-20) {
        say(&format!(
            "times include those that the load generator waits for a processor: its priority stays ({error})"
        ));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let idle = IdleConnections::default();
    let count = (arrivals.per_second * time.as_secs_f64()) as usize;
    let sent = (0..count).map(|number| {
        let request = Arc::clone(&arrivals.requests[number % arrivals.requests.len()]);
        let (address, idle) = (arrivals.address.clone(), Rc::clone(&idle));
        let planned = begun + Duration::from_secs_f64(number as f64 / arrivals.per_second);
        async move {
            tokio::time::sleep_until(planned.into()).await;
            // From here, not from `planned`: timers have a resolution of 1 ms, and no request waits for another.
            let from = Instant::now();
            let status = send(&address, &request, &idle).await?;
            anyhow::Ok(Reply { status, took: from.elapsed(), received: begun.elapsed() })
        }
    });
    runtime.block_on(on_one_thread(sent)).into_iter().collect()
}

/// Sends a request on an idle connection, or on a new one when there is none, or the server has closed it.
async fn send(address: &str, request: &[u8], idle: &IdleConnections) -> anyhow::Result<u16> {
    let mut buffer = Vec::new();
    let kept = idle.borrow_mut().pop();
    if let Some(mut stream) = kept
        && let Ok(status) = exchange(&mut stream, request, &mut buffer).await
    {
        idle.borrow_mut().push(stream);
        return Ok(status);
    }
    let mut stream = TcpStream::connect(address).await.with_context(|| format!("cannot reach {address}"))?;
    stream.set_nodelay(true)?;
    let status = exchange(&mut stream, request, &mut buffer).await?;
    idle.borrow_mut().push(stream);
    Ok(status)
}

/// Quantile of durations; zero of none.
pub fn quantile(mut times: Vec<Duration>, of: f64) -> Duration {
    times.sort_unstable();
    let last = times.len().saturating_sub(1);
    times.get((last as f64 * of) as usize).copied().unwrap_or_default()
}

/// Milliseconds.
pub fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
