//! What OAuth clients, devices and proxies ask auth-service, on both stores: polls of devices while 50,000 codes are open,
//! requests that wait, refreshes of tokens, checks for a proxy. Rates beside a bare route of the same run; those of work with
//! SQL also by processor time, that of the database included.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use device_grant::{DeviceCode, MAX_PENDING, MAX_WAITING};
use sea_orm::{ConnectionTrait, Database};
use service_kit::database::sqlite_url;
use tests::crowd::raise_open_files;
use tests::postgres::Postgres;
use tests::process::Process;
use tokio::net::TcpStream;

use crate::arrivals::{ms, quantile};
use crate::auth_server::{AuthServer, DURABLE, PASSWORD};
use crate::load::{CONNECTIONS, exchange, on_one_thread, round};
use crate::routes::get_request;
use crate::say;
use crate::tracing::cpu_of;

const ROUND: Duration = Duration::from_secs(3);
/// Devices that poll in turn. Others wait: a device that has just polled gets `slow_down`.
const POLLING: usize = 2048;
const EMAIL: &str = "bench@example.org";
const DEVICE_GRANT: &str = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code";

/// Measures both stores.
pub async fn measure() -> anyhow::Result<()> {
    raise_open_files();
    let folder = tempfile::tempdir()?;
    measure_on("SQLite", &sqlite_url(&folder.path().join("auth.sqlite")), None).await?;
    let postgres = Postgres::find_or_private(DURABLE);
    measure_on("PostgreSQL", &postgres.database("bench").await, Some(&postgres)).await
}

async fn measure_on(store: &str, url: &str, postgres: Option<&Postgres>) -> anyhow::Result<()> {
    // All connections are of one address here.
    let server = AuthServer::start(url, &[("AUTH_CONNECTIONS_PER_ADDRESS", "10000".to_owned())]).await?;
    server.sign_up(EMAIL).await;
    let mut bare = Process::start("bench", &["bare"], &[]);
    let line: serde_json::Value = serde_json::from_str(&bare.line_with("address", Duration::from_secs(10)))?;
    let bare_address = line["address"].as_str().context("no address")?.to_owned();
    let base = round(&bare_address, &get_request("/bare", None), ROUND).await?.per_second;
    say(&format!("\n{store}, one worker, {CONNECTIONS} connections, {} s each\n", ROUND.as_secs()));
    say("| | requests/s | of processor time | p50 ms | p99 ms | ratio to bare |\n|---|---|---|---|---|---|");
    say(&format!("| bare actix route | {base:.0} | | | | 1.000 |"));

    let token = server.sign_in(EMAIL).await;
    let check = round(&server.service.address, &get_request("/oauth2/check", Some(&token)), ROUND).await?;
    let (p50, p99) = (ms(check.p50), ms(check.p99));
    let rate = check.per_second;
    say(&format!("| check_request | {rate:.0} | | {p50:.2} | {p99:.2} | {:.3} |", rate / base));
    let refreshes = closed_loop(&server, postgres, refresh_chains(&server).await?).await?;
    refreshes.print("grant_tokens, refresh_token", base);
    let codes = open_codes(url).await?;
    let (polling, others) = codes.split_at(POLLING);
    closed_loop(&server, postgres, polls(&server, polling))
        .await?
        .print("grant_tokens, device code, 50,000 open", base);
    waiting(&server, others).await
}

/// Figures of a closed loop.
struct Rate {
    per_second: f64,
    per_core: f64,
    times: Vec<Duration>,
}

impl Rate {
    fn print(self, name: &str, base: f64) {
        let Self { per_second, per_core, times } = self;
        let [p50, p99] = [0.5, 0.99].map(|of| ms(quantile(times.clone(), of)));
        say(&format!("| {name} | {per_second:.0} | {per_core:.0} | {p50:.2} | {p99:.2} | {:.3} |", per_second / base));
    }
}

/// Runs all connections at once, and measures the processor time of auth-service and the database.
async fn closed_loop<F: Future<Output = anyhow::Result<Vec<Duration>>> + 'static>(
    server: &AuthServer,
    postgres: Option<&Postgres>,
    connections: Vec<F>,
) -> anyhow::Result<Rate> {
    let mut processes = postgres.map(Postgres::processes).unwrap_or_default();
    processes.push(server.service.process.id());
    let spent = || processes.iter().map(|id| cpu_of(*id)).sum::<u64>();
    let (before, begun) = (spent(), Instant::now());
    let mut times = Vec::new();
    for run in on_one_thread(connections.into_iter()).await {
        times.extend(run?);
    }
    let (elapsed, spent) = (begun.elapsed().as_secs_f64(), spent().saturating_sub(before) as f64 / 1e9);
    let count = times.len() as f64;
    Ok(Rate { per_second: count / elapsed, per_core: count / spent, times })
}

fn form(path: &str, header: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: bench\r\n{header}content-type: application/x-www-form-urlencoded\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// A connection for each of as many sessions, which refreshes its own token over and over.
async fn refresh_chains(
    server: &AuthServer,
) -> anyhow::Result<Vec<impl Future<Output = anyhow::Result<Vec<Duration>>> + 'static>> {
    let mut chains = Vec::new();
    for _ in 0..CONNECTIONS {
        let body = serde_json::json!({"email": EMAIL, "password": PASSWORD});
        let signed_in = server.service.client.post("/api/v1/sessions").json(&body).send().await.assert_status(201);
        let token = signed_in["tokens"]["refresh_token"].as_str().context("a token")?.to_owned();
        chains.push(refresh_chain(server.service.address.clone(), token));
    }
    Ok(chains)
}

async fn refresh_chain(address: String, mut token: String) -> anyhow::Result<Vec<Duration>> {
    let mut stream = TcpStream::connect(&address).await?;
    stream.set_nodelay(true)?;
    let (mut times, mut buffer, end) = (Vec::new(), Vec::new(), Instant::now() + ROUND);
    while Instant::now() < end {
        let body = format!("grant_type=refresh_token&client_id=marquee&refresh_token={token}");
        let begun = Instant::now();
        let status = exchange(&mut stream, &form("/oauth2/token", "", &body), &mut buffer).await?;
        times.push(begun.elapsed());
        let text = String::from_utf8_lossy(&buffer);
        ensure!(status == 200, "not refreshed: {text}");
        let (_, rest) = text.split_once("\"refresh_token\":\"").context("no successor")?;
        token = rest.split('"').next().context("no successor")?.to_owned();
    }
    Ok(times)
}

/// Writes as many open codes as there may be, and returns some of them.
async fn open_codes(url: &str) -> anyhow::Result<Vec<DeviceCode>> {
    let db = Database::connect(url).await?;
    let is_sqlite = url.starts_with("sqlite:");
    let bytes = |bytes: &[u8]| {
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        if is_sqlite { format!("X'{digits}'") } else { format!("'\\x{digits}'") }
    };
    let columns = "device_hash, user_mac, client_id, device_kind, device_name, created_at, expires_at";
    let (begin, end) = ("2026-01-01 00:00:00+00:00", "2126-01-01 00:00:00+00:00");
    let mut codes = Vec::new();
    let mut rows = Vec::new();
    for number in 0..MAX_PENDING {
        let code = DeviceCode::generate()?;
        let (hash, mac) = (bytes(code.hash().as_bytes()), bytes(&[&number.to_be_bytes()[..], &[0; 24]].concat()));
        rows.push(format!("({hash}, {mac}, 'marquee', 1, 'bench', '{begin}', '{end}')"));
        if codes.len() < POLLING + MAX_WAITING {
            codes.push(code);
        }
        if rows.len() == 1000 {
            let all = std::mem::take(&mut rows).join(",");
            db.execute_unprepared(&format!("INSERT INTO device_authorizations ({columns}) VALUES {all}")).await?;
        }
    }
    db.close().await?;
    Ok(codes)
}

fn poll(code: &DeviceCode, prefer: &str) -> Arc<Vec<u8>> {
    let code = code.text().expose();
    let body = format!("grant_type={DEVICE_GRANT}&client_id=marquee&device_code={code}");
    Arc::new(form("/oauth2/token", prefer, &body))
}

/// Connections that poll with different codes in turn.
fn polls(
    server: &AuthServer,
    codes: &[DeviceCode],
) -> Vec<impl Future<Output = anyhow::Result<Vec<Duration>>> + 'static> {
    let requests: Vec<_> = codes.iter().map(|code| poll(code, "")).collect();
    let own = |connection: usize| requests.iter().skip(connection).step_by(CONNECTIONS).cloned().collect();
    (0..CONNECTIONS).map(|connection| poll_in_turn(server.service.address.clone(), own(connection))).collect()
}

async fn poll_in_turn(address: String, requests: Vec<Arc<Vec<u8>>>) -> anyhow::Result<Vec<Duration>> {
    let mut stream = TcpStream::connect(&address).await?;
    stream.set_nodelay(true)?;
    let (mut times, mut buffer, end) = (Vec::new(), Vec::new(), Instant::now() + ROUND);
    for request in requests.iter().cycle() {
        let begun = Instant::now();
        if begun >= end {
            break;
        }
        let status = exchange(&mut stream, request, &mut buffer).await?;
        ensure!(status == 400, "decided: {}", String::from_utf8_lossy(&buffer));
        times.push(begun.elapsed());
    }
    Ok(times)
}

/// As many requests as may wait, each on a connection of its own.
async fn waiting(server: &AuthServer, codes: &[DeviceCode]) -> anyhow::Result<()> {
    let resident = || server.service.process.memory_kib("VmRSS");
    let (before, spent) = (resident(), cpu_of(server.service.process.id()));
    let mut streams = Vec::new();
    for code in codes {
        let mut stream = TcpStream::connect(&server.service.address).await?;
        tokio::io::AsyncWriteExt::write_all(&mut stream, &poll(code, "prefer: wait=25\r\n")).await?;
        streams.push(stream);
    }
    tokio::time::sleep(Duration::from_secs(5)).await;
    let held = streams.iter().filter(|stream| is_waiting(stream)).count();
    let (grown, spent) = (resident().saturating_sub(before), cpu_of(server.service.process.id()) - spent);
    let each = grown as f64 / streams.len() as f64;
    say(&format!(
        "\n{held} of {MAX_WAITING} requests wait at once: {:.1} MB, {each:.1} KiB each",
        grown as f64 / 1024.0
    ));
    say(&format!("processor time of auth-service in these five seconds: {:.2} s", spent as f64 / 1e9));
    Ok(())
}

/// `true` when no byte of an answer has arrived.
fn is_waiting(stream: &TcpStream) -> bool {
    let mut byte = [0];
    stream.try_read(&mut byte).is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
}
