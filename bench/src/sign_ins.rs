//! Sign-ins of the built program on both stores, beside the bare argon2id rate of the same run; then four times as many
//! as it can serve, and what that does to them and to checks of tokens.
//!
//! Rates per core are those of processor time, which other load on the machine distorts less than wall time. That of
//! auth-service is of the whole process: HTTP, hashing, SQL of its side, tokens, logs.

use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use credentials::hashing::{MEMORY_KIB, PASSES};
use service_kit::database::sqlite_url;
use tests::postgres::Postgres;
use tokio::net::TcpStream;

use crate::arrivals::{self, Arrivals, Reply, ms, quantile};
use crate::auth_server::{AuthServer, PASSWORD, json_request};
use crate::load::{exchange, on_one_thread};
use crate::say;
use crate::tracing::cpu_of;

/// Accounts, each with an address of its own.
const ACCOUNTS: usize = 64;
/// Connections of the closed loop: enough that the hashing thread never waits, few enough that no queue is full.
const CONNECTIONS: usize = 8;
const ROUNDS: usize = 3;
const BARE: Duration = Duration::from_secs(2);
const ROUND: Duration = Duration::from_secs(5);
const PHASE: Duration = Duration::from_secs(15);
/// Introspections per second, quiet and beside the overload.
const INTROSPECTIONS: f64 = 200.0;
/// Multiple of the measured peak that arrives.
const OVERLOAD: f64 = 4.0;
/// Bound of a refusal.
const REFUSAL: Duration = Duration::from_millis(50);
/// A private server writes as durably as one in operation.
const DURABLE: &str = "-c fsync=on -c synchronous_commit=on -c full_page_writes=on";

/// Measures both stores. `queue` is AUTH_HASH_QUEUE; `None` leaves the default.
pub async fn measure(queue: Option<String>) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    measure_on("SQLite", &sqlite_url(&folder.path().join("auth.sqlite")), queue.as_deref()).await?;
    let postgres = Postgres::find_or_private(DURABLE);
    measure_on("PostgreSQL", &postgres.database("bench").await, queue.as_deref()).await
}

async fn measure_on(store: &str, url: &str, queue: Option<&str>) -> anyhow::Result<()> {
    let queue = queue.map(|queue| ("AUTH_HASH_QUEUE", queue.to_owned()));
    let server = AuthServer::start(url, queue.as_slice()).await?;
    let mut requests = Vec::new();
    for number in 0..ACCOUNTS {
        let (email, address) = (format!("person-{number}@example.org"), format!("198.51.100.{number}"));
        server.sign_up(&email).await;
        let body = serde_json::json!({"email": email, "password": PASSWORD});
        let header = Some(("x-forwarded-for", address.as_str()));
        requests.push(Rc::new(json_request("POST", "/api/v1/sessions", header, &body)));
    }
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        rounds.push(round(&server, &requests).await?);
    }
    rounds.sort_by(|one, two| one.ratio().total_cmp(&two.ratio()));
    let (median, least, most) = (rounds[ROUNDS / 2], rounds[0].ratio(), rounds[ROUNDS - 1].ratio());
    say(&format!("\n{CONNECTIONS} connections, {ROUNDS} rounds of {} s, median round\n", ROUND.as_secs()));
    say(
        "| sign-ins, store | bare argon2id/s and core | sign-ins/s and core | ratio (at least 0.75) | spread of the ratio | sign-ins/s | p50 ms | p99 ms |",
    );
    say("|---|---|---|---|---|---|---|---|");
    say(&format!(
        "| {store} | {:.1} | {:.1} | {:.3} | {least:.3}–{most:.3} | {:.1} | {:.1} | {:.1} |",
        median.bare,
        median.per_core,
        median.ratio(),
        median.per_second,
        ms(median.p50),
        ms(median.p99),
    ));
    overload(store, &server, requests, median.per_second).await
}

/// Figures of one round.
#[derive(Debug, Clone, Copy)]
struct Round {
    /// Hashes per second of processor time, by this program.
    bare: f64,
    /// Sign-ins per second of processor time of auth-service.
    per_core: f64,
    /// Sign-ins per second.
    per_second: f64,
    p50: Duration,
    p99: Duration,
}

impl Round {
    fn ratio(&self) -> f64 {
        self.per_core / self.bare
    }
}

async fn round(server: &AuthServer, requests: &[Rc<Vec<u8>>]) -> anyhow::Result<Round> {
    let bare = bare_hashes_per_core()?;
    let service = server.service.process.id();
    let (before, begun) = (cpu_of(service), Instant::now());
    let runs = (0..CONNECTIONS).map(|connection| {
        let own = requests.iter().skip(connection).step_by(CONNECTIONS).cloned().collect();
        sign_in_repeatedly(server.service.address.clone(), own, begun + ROUND)
    });
    let mut times = Vec::new();
    for run in on_one_thread(runs).await {
        times.extend(run?);
    }
    let (elapsed, spent) = (begun.elapsed().as_secs_f64(), (cpu_of(service) - before) as f64 / 1e9);
    let count = times.len() as f64;
    let (p50, p99) = (quantile(times.clone(), 0.5), quantile(times, 0.99));
    Ok(Round { bare, per_core: count / spent, per_second: count / elapsed, p50, p99 })
}

/// Hashes with the parameters of the service on this thread, in memory that is allocated once.
fn bare_hashes_per_core() -> anyhow::Result<f64> {
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
    Ok(f64::from(hashes) / ((cpu_of(id) - before) as f64 / 1e9))
}

/// Sends these sign-ins in turn, one after the other; returns their times.
async fn sign_in_repeatedly(
    address: String,
    requests: Vec<Rc<Vec<u8>>>,
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

/// Introspections alone, then beside several times as many sign-ins as can be served.
async fn overload(store: &str, server: &AuthServer, requests: Vec<Rc<Vec<u8>>>, peak: f64) -> anyhow::Result<()> {
    server.sign_up("introspected@example.org").await;
    let token = server.sign_in("introspected@example.org").await;
    let introspection = Rc::new(AuthServer::introspection_of(&token));
    let address = server.service.address.as_str();
    let at = |requests, per_second| Arrivals { address: address.to_owned(), requests, per_second };
    let introspections = at(vec![introspection], INTROSPECTIONS);
    let sign_ins = at(requests, OVERLOAD * peak);
    let quiet = arrivals::run(std::slice::from_ref(&introspections), PHASE).await?;
    let loaded = arrivals::run(&[introspections, sign_ins], PHASE).await?;
    let (quiet, beside, sign_ins) = (&quiet[0], &loaded[0], &loaded[1]);
    ensure!(quiet.iter().chain(beside).all(|reply| reply.status == 200), "an introspection failed");

    // Those that the queue still held at the end are no throughput of the phase.
    let passed = sign_ins.iter().filter(|reply| reply.status == 201 && reply.received <= PHASE).count();
    let refused: Vec<Duration> =
        sign_ins.iter().filter(|reply| matches!(reply.status, 429 | 503)).map(|reply| reply.took).collect();
    let other = sign_ins.iter().find(|reply| !matches!(reply.status, 201 | 429 | 503));
    ensure!(other.is_none(), "a sign-in was answered {other:?}");
    ensure!(!refused.is_empty(), "no sign-in was refused");
    let through = passed as f64 / PHASE.as_secs_f64();
    let late = refused.iter().filter(|took| **took > REFUSAL).count();
    let (share, late) = (through / peak, 100.0 * late as f64 / refused.len() as f64);
    say(&format!(
        "\n| {store}, {OVERLOAD} times the peak for {} s | quiet or bound | beside the overload |\n|---|---|---|",
        PHASE.as_secs()
    ));
    say(&format!("| sign-ins/s that go through | {peak:.1} | {through:.1} |"));
    say(&format!("| of the peak | at least 0.9 | {share:.3} |"));
    say(&format!("| refused, of {} | | {} |", sign_ins.len(), refused.len()));
    say(&format!("| later than {} ms, % | 1 | {late:.2} |", REFUSAL.as_millis()));
    say(&format!("| p99 of refusals, ms | {} | {:.2} |", REFUSAL.as_millis(), ms(quantile(refused, 0.99))));
    let [quiet, beside] = [quiet, beside].map(|replies| (time_of(replies, 0.5), time_of(replies, 0.99)));
    say(&format!("| introspection p50, ms | {:.2} | {:.2} |", ms(quiet.0), ms(beside.0)));
    say(&format!("| introspection p99, ms | {:.2} | {:.2} |", ms(quiet.1), ms(beside.1)));
    say(&format!("| introspection p99, ratio | at most 3 | {:.2} |", beside.1.as_secs_f64() / quiet.1.as_secs_f64()));
    Ok(())
}

fn time_of(replies: &[Reply], of: f64) -> Duration {
    quantile(replies.iter().map(|reply| reply.took).collect(), of)
}
