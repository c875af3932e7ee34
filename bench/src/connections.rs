//! Effect of many connections of one address on other clients, with few file descriptors.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::Context;
use tests::crowd::{Crowd, IDLE, PIPELINING, SLOW, ask, raise_open_files};
use tests::process::Process;

use crate::say;

const CROWD: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
const OTHERS: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 3));
const TARGET: &str = "/api/v1/films?page_size=20";
const BOUND: Duration = Duration::from_secs(5);
/// Requests of a round, and the time between two.
const REQUESTS: usize = 500;
const PAUSE: Duration = Duration::from_millis(4);
/// Rounds, each first without and then with the crowd.
const ROUNDS: usize = 3;

/// Prints latencies of other clients without and with the crowd, which runs on the same machine.
pub async fn measure() -> anyhow::Result<()> {
    raise_open_files();
    let folder = tempfile::tempdir()?;
    let variables = [
        ("MOVIES_DATA_DIR", folder.path().display().to_string()),
        ("MOVIES_LISTEN", "127.0.0.1:0".to_owned()),
        ("MOVIES_LIMITS", "off".to_owned()),
        ("RUST_LOG", "warn,movies_api=info".to_owned()),
    ];
    let mut movies = Process::start_within(1024, "movies-api", &["serve"], &variables);
    let line: serde_json::Value = serde_json::from_str(&movies.line_with("\"address\"", Duration::from_secs(60)))?;
    let server: SocketAddr = line["address"].as_str().context("an address")?.parse()?;
    while ask(server, OTHERS, TARGET, BOUND).await.is_err() {
        tokio::time::sleep(PAUSE).await; // it loads its films
    }
    say(&format!(
        "\n{IDLE} idle, {SLOW} slow and {PIPELINING} pipelining connections of one address, 1024 descriptors; others:"
    ));
    say("| round | quiet p50, p99 | in the crowd p50, p99 | p99 ratio (at most 3) | without an answer |");
    say("|---|---|---|---|---|");
    for round in 1..=ROUNDS {
        let quiet = others(server).await;
        let crowd = Crowd::open(server, CROWD, TARGET).await?;
        let crowded = others(server).await;
        drop(crowd);
        let ratio = crowded.p99.as_secs_f64() / quiet.p99.as_secs_f64();
        let failed = quiet.failed + crowded.failed;
        say(&format!(
            "| {round} | {} | {} | {ratio:.1} | {failed} of {} |",
            quiet.text(),
            crowded.text(),
            2 * REQUESTS
        ));
    }
    Ok(())
}

struct Others {
    p50: Duration,
    p99: Duration,
    failed: usize,
}

impl Others {
    fn text(&self) -> String {
        let millis = |time: Duration| time.as_secs_f64() * 1000.0;
        format!("{:.2} ms, {:.2} ms", millis(self.p50), millis(self.p99))
    }
}

async fn others(server: SocketAddr) -> Others {
    let (mut times, mut failed) = (Vec::with_capacity(REQUESTS), 0);
    for _ in 0..REQUESTS {
        match ask(server, OTHERS, TARGET, BOUND).await {
            Ok(time) => times.push(time),
            Err(_) => {
                failed += 1;
                times.push(BOUND);
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    Others { p50: at(0.5), p99: at(0.99), failed }
}
