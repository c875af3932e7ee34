//! Sign-ins of the built program on both stores, beside the bare argon2id rate of the same run; then four times as many
//! as it can serve, and what that does to them and to checks of tokens.
//!
//! Rates per core are those of processor time, which other load on the machine distorts less than wall time: that of
//! auth-service as a whole (HTTP, hashing, its side of SQL, tokens, logs), and that of a private PostgreSQL.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use credentials::hashing::{MEMORY_KIB, PASSES};
use service_kit::database::sqlite_url;
use tests::postgres::Postgres;
use tokio::net::TcpStream;

use crate::arrivals::{ms, quantile};
use crate::auth_server::{AuthServer, DURABLE, PASSWORD, json_request};
use crate::load::{exchange, on_one_thread};
use crate::overload::{Overload, overload};
use crate::say;
use crate::tracing::cpu_of;

/// Accounts, each with an address of its own.
const ACCOUNTS: usize = 64;
/// Connections of the closed loop: enough that the hashing thread never waits, few enough that no queue is full.
const CONNECTIONS: usize = 8;
const ROUNDS: usize = 3;
const BARE: Duration = Duration::from_secs(2);
const ROUND: Duration = Duration::from_secs(5);

/// Measures both stores. `queue` is AUTH_HASH_QUEUE; `None` leaves the default.
pub async fn measure(queue: Option<String>) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    measure_on("SQLite", &sqlite_url(&folder.path().join("auth.sqlite")), None, queue.as_deref()).await?;
    let postgres = Postgres::find_or_private(DURABLE);
    measure_on("PostgreSQL", &postgres.database("bench").await, Some(&postgres), queue.as_deref()).await
}

async fn measure_on(store: &str, url: &str, postgres: Option<&Postgres>, queue: Option<&str>) -> anyhow::Result<()> {
    // A worker for each core, as is the default; the one hashing thread leaves a core to this program and the database.
    let workers = std::thread::available_parallelism()?.to_string();
    let mut variables = vec![("AUTH_WORKERS", workers)];
    variables.extend(queue.map(|queue| ("AUTH_HASH_QUEUE", queue.to_owned())));
    let server = AuthServer::start(url, &variables).await?;
    let mut requests = Vec::new();
    for number in 0..ACCOUNTS {
        let (email, address) = (format!("person-{number}@example.org"), format!("198.51.100.{number}"));
        server.sign_up(&email).await;
        let body = serde_json::json!({"email": email, "password": PASSWORD});
        let header = Some(("x-forwarded-for", address.as_str()));
        requests.push(Arc::new(json_request("POST", "/api/v1/sessions", header, &body)));
    }
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        rounds.push(round(&server, postgres, &requests).await?);
    }
    rounds.sort_by(|one, two| one.ratio().total_cmp(&two.ratio()));
    let (median, least, most) = (rounds[ROUNDS / 2], rounds[0].ratio(), rounds[ROUNDS - 1].ratio());
    say(&format!(
        "\n{store}: {CONNECTIONS} connections, one hashing thread, {ROUNDS} rounds of {} s, median round\n",
        ROUND.as_secs()
    ));
    say("| sign-ins | figure |\n|---|---|");
    say(&format!("| argon2id alone, one thread, /s and core | {:.1} |", median.bare_per_core));
    say(&format!("| sign-ins/s and core | {:.1} |", median.per_core()));
    let database = if postgres.is_some_and(|postgres| postgres.processes().is_empty()) {
        "without that of PostgreSQL, which is not private"
    } else {
        "with that of the database"
    };
    say(&format!(
        "| ratio of processor time, {database} (at least 0.75) | {:.3} ({least:.3}–{most:.3}) |",
        median.ratio()
    ));
    say(&format!("| argon2id alone, one thread, /s | {:.1} |", median.bare_per_second));
    say(&format!("| sign-ins/s | {:.1} |", median.per_second));
    say(&format!("| ratio of time | {:.3} |", median.per_second / median.bare_per_second));
    say(&format!("| p50, p99 of a sign-in, ms | {:.1}, {:.1} |", ms(median.p50), ms(median.p99)));
    overload(store, &server, Overload { requests, peak: median.per_second }).await
}

/// Figures of one round.
#[derive(Debug, Clone, Copy)]
struct Round {
    /// Hashes per second of processor time, by this program.
    bare_per_core: f64,
    /// The same per second.
    bare_per_second: f64,
    /// Processor time of one sign-in in seconds.
    cost: f64,
    /// Sign-ins per second.
    per_second: f64,
    p50: Duration,
    p99: Duration,
}

impl Round {
    fn per_core(&self) -> f64 {
        1.0 / self.cost
    }

    fn ratio(&self) -> f64 {
        self.per_core() / self.bare_per_core
    }
}

async fn round(server: &AuthServer, postgres: Option<&Postgres>, requests: &[Arc<Vec<u8>>]) -> anyhow::Result<Round> {
    let (bare_per_core, bare_per_second) = bare_hashes()?;
    let mut processes = postgres.map(Postgres::processes).unwrap_or_default();
    processes.push(server.service.process.id());
    let spent = || processes.iter().map(|id| cpu_of(*id)).sum::<u64>();
    let (before, begun) = (spent(), Instant::now());
    let runs = (0..CONNECTIONS).map(|connection| {
        let own = requests.iter().skip(connection).step_by(CONNECTIONS).cloned().collect();
        sign_in_repeatedly(server.service.address.clone(), own, begun + ROUND)
    });
    let mut times = Vec::new();
    for run in on_one_thread(runs).await {
        times.extend(run?);
    }
    let elapsed = begun.elapsed().as_secs_f64();
    let spent = spent().saturating_sub(before) as f64 / 1e9;
    let count = times.len() as f64;
    let (p50, p99) = (quantile(times.clone(), 0.5), quantile(times, 0.99));
    Ok(Round { bare_per_core, bare_per_second, cost: spent / count, per_second: count / elapsed, p50, p99 })
}

/// Hashes per second of processor time and per second, with the parameters of the service on this thread, in memory
/// that is allocated once.
fn bare_hashes() -> anyhow::Result<(f64, f64)> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, Some(32))?;
    let mut blocks = vec![Block::new(); params.block_count()];
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut output = [0; 32];
    let (id, begun, mut hashes) = (std::process::id(), Instant::now(), 0_u32);
    let before = cpu_of(id);
    while begun.elapsed() < BARE {
        argon.hash_password_into_with_memory(PASSWORD.as_bytes(), &[7; 16], &mut output, &mut blocks[..])?;
        std::hint::black_box(&output);
        hashes += 1;
    }
    let (spent, elapsed) = ((cpu_of(id) - before) as f64 / 1e9, begun.elapsed().as_secs_f64());
    Ok((f64::from(hashes) / spent, f64::from(hashes) / elapsed))
}

/// Sends these sign-ins in turn, one after the other; returns their times.
async fn sign_in_repeatedly(
    address: String,
    requests: Vec<Arc<Vec<u8>>>,
    until: Instant,
) -> anyhow::Result<Vec<Duration>> {
    let mut stream = TcpStream::connect(&address).await.with_context(|| format!("cannot reach {address}"))?;
    stream.set_nodelay(true)?;
    let (mut times, mut buffer) = (Vec::new(), Vec::new());
    for request in requests.iter().cycle() {
        let begun = Instant::now();
        if begun >= until {
            break;
        }
        let status = exchange(&mut stream, request, &mut buffer).await?;
        ensure!(status == 201, "no sign-in: {}", String::from_utf8_lossy(&buffer));
        times.push(begun.elapsed());
    }
    Ok(times)
}
