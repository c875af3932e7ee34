//! The captcha: answers and verdicts per second beside the rate of Redis itself, and the memory of a live challenge.
//!
//! Challenges are opened beforehand and their answers read from the store, so that only answering and redeeming is
//! timed. Everything runs on one thread; a manual clock replaces the users' thinking time.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use captcha_service::app::build_with;
use captcha_service::challenge_repository::PictureRef;
use captcha_service::config::Config;
use captcha_service::domain::{CHALLENGE_BYTES, DeviceKey, Key, UnixMillis};
use captcha_service::flows::answer::AnswerOutcome;
use captcha_service::flows::issue::IssuedChallenge;
use captcha_service::pictures;
use captcha_service::state::AppState;
use captcha_service::stores::{MemoryStore, RecordKeys, RedisStore, change};
use contracts::Secret;
use contracts::captcha::Action;
use contracts::captcha::challenges::IssueChallengeRequest;
use contracts::captcha::siteverify::SiteVerifyRequest;
use futures_util::StreamExt;
use futures_util::stream;
use limiter_lib::store::redis::RedisSettings;
use limiter_lib::testing::RedisServer;
use service_kit::settings::ClientSecret;
use service_kit::testing::ManualClock;

use crate::load::{CONNECTIONS, round};
use crate::routes::{NEVER, get_request, service};
use crate::say;
use tests::process::Process;

/// Challenges of each measurement.
const CHALLENGES: usize = 20_000;
/// Challenges that are kept at once for the figure of memory.
const KEPT: usize = 400_000;
const ROUNDS: usize = 3;
const SECRET: &str = "a secret of the benchmark, of 32 letters";

/// Measures and prints the tables.
pub async fn measure(data: &Path) -> anyhow::Result<()> {
    // Memory first: freed memory would hide allocations.
    say("\n| a live challenge takes | bytes |\n|---|---|");
    memory().await?;
    for sealed in [false, true] {
        redis_memory(sealed).await?;
    }
    say("\n| captcha, kept in | answers/s | verdicts/s | beside | ratio |\n|---|---|---|---|---|");
    for sealed in [false, true] {
        speeds(None, sealed).await?;
        let redis = RedisServer::start();
        speeds(Some(&redis), sealed).await?;
    }
    drawing().await?;
    over_http(data).await
}

/// A service without its HTTP.
async fn app_state(redis: Option<&RedisServer>, sealed: bool) -> anyhow::Result<(Arc<AppState>, Arc<ManualClock>)> {
    let folder = tempfile::tempdir()?;
    let mut config = Config::embedded(folder.path(), "127.0.0.1:0".parse()?);
    (config.sealed, config.capacity) = (sealed, 8 * CHALLENGES);
    config.sites = Some(vec![ClientSecret { id: "tv".into(), secret: SECRET.to_owned().into() }]);
    config.service_clients = config.sites.clone();
    config.keys = Some(vec![SECRET.to_owned().into()]);
    let clock: Arc<ManualClock> = Arc::default();
    let shared = match redis {
        None => None,
        Some(redis) => {
            let store = RedisStore::start(&RedisSettings::from_url(&redis.url())?, "cap1")?;
            Some(store.with_clock(clock.clone()))
        }
    };
    let state = Arc::clone(build_with(config, clock.clone(), shared)?.state());
    let begun = Instant::now();
    while state.repository.is_degraded() {
        ensure!(begun.elapsed() < Duration::from_secs(10), "Redis is not there");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok((state, clock))
}

/// Opens challenges, each of a device and a network of its own.
async fn open(state: &AppState, count: usize) -> anyhow::Result<Vec<IssuedChallenge>> {
    let opened = stream::iter((0..count).map(|number| open_one(state, number))).buffer_unordered(CONNECTIONS);
    opened.collect::<Vec<_>>().await.into_iter().collect()
}

async fn open_one(state: &AppState, number: usize) -> anyhow::Result<IssuedChallenge> {
    let [_, a, b, c] = u32::try_from(number)?.to_be_bytes();
    let address = IpAddr::V4(Ipv4Addr::new(10 + a, b, c, 1)); // its last byte is no part of the network
    let request = IssueChallengeRequest {
        assess_id: None,
        sitekey: None,
        action: Action::LogIn,
        device_token: None,
        lang: Default::default(),
        contrast: Default::default(),
        modality: Default::default(),
    };
    Ok(state.challenges.issue(&request, Some(address)).await?)
}

async fn speeds(redis: Option<&RedisServer>, sealed: bool) -> anyhow::Result<()> {
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        rounds.push(speed(redis, sealed).await?);
    }
    rounds.sort_by(|one, two| one.0.total_cmp(&two.0));
    let (answers, verdicts, raw) = rounds[ROUNDS / 2];
    let keeping = if sealed { "sealed" } else { "stored" };
    match redis {
        None => say(&format!("| this process, {keeping} | {answers:.0} | {verdicts:.0} | | |")),
        Some(_) => say(&format!(
            "| Redis, {keeping} | {answers:.0} | {verdicts:.0} | {raw:.0} `SET`/s by redis-benchmark | {:.2} |",
            answers / raw
        )),
    }
    Ok(())
}

/// Answers and verdicts per second, and the rate of Redis itself measured at the same time.
async fn speed(redis: Option<&RedisServer>, sealed: bool) -> anyhow::Result<(f64, f64, f64)> {
    let (state, clock) = app_state(redis, sealed).await?;
    let raw = redis.map_or(Ok(0.0), raw_redis)?;
    let mut tries = Vec::with_capacity(CHALLENGES);
    for issued in open(&state, CHALLENGES).await? {
        tries.push((issued.token.to_text(), right(&state, &issued).await?, issued.picture_id));
    }
    clock.advance(Duration::from_secs(5));
    let begun = Instant::now();
    let state = &state;
    let answers = stream::iter(tries).map(|(session, right, picture)| async move {
        state.challenges.answer(&session, &picture, &right).await.map(|outcome| match outcome {
            AnswerOutcome::Passed { token, .. } => Some(token),
            _ => None,
        })
    });
    let tokens: Vec<_> = answers.buffer_unordered(CONNECTIONS).collect().await;
    let answered = begun.elapsed();
    let tokens: Vec<String> = tokens.into_iter().filter_map(|token| token.ok().flatten()).collect();
    ensure!(tokens.len() == CHALLENGES, "{} of {CHALLENGES} passed", tokens.len());
    let begun = Instant::now();
    let verdicts = stream::iter(tokens).map(|token| async move {
        let (secret, response) = (Some(Secret::new(SECRET)), Some(Secret::new(token)));
        state.passes.verify(&SiteVerifyRequest { secret, response, ..SiteVerifyRequest::default() }).await.success
    });
    let good = verdicts.buffer_unordered(CONNECTIONS).filter(|good| std::future::ready(*good)).count().await;
    ensure!(good == CHALLENGES, "{good} of {CHALLENGES} redeemed");
    let per_second = |took: Duration| CHALLENGES as f64 / took.as_secs_f64();
    Ok((per_second(answered), per_second(begun.elapsed()), raw))
}

async fn right(state: &AppState, issued: &IssuedChallenge) -> anyhow::Result<String> {
    let challenge = match state.repository.read_picture(&issued.picture_id, &issued.token) {
        PictureRef::Sealed(challenge) => challenge,
        PictureRef::Stored(_) => {
            let keys = RecordKeys::challenge(issued.token.device(), issued.token.key());
            state.repository.change(&keys, |records, _| records.challenge).await?.context("the session is there")?
        }
    };
    Ok(challenge.right_answer().number().to_string())
}

/// `SET` with a TTL, one command per round trip, over as many connections as there are concurrent requests.
fn raw_redis(redis: &RedisServer) -> anyhow::Result<f64> {
    let (port, clients) = (redis.port().to_string(), CONNECTIONS.to_string());
    let command =
        ["-p", &port, "-c", &clients, "-n", "100000", "--csv", "SET", "key:__rand_int__", "value", "PX", "180000"];
    let output = Command::new("redis-benchmark").args(["-r", "100000"]).args(command).output()?;
    let text = String::from_utf8(output.stdout)?;
    let line = text.lines().last().context("output of redis-benchmark")?;
    let field = |field: &str| field.trim_matches('"').parse::<f64>().ok();
    line.split("\",\"").nth(1).or_else(|| line.split(',').nth(1)).and_then(field).context("a figure of redis-benchmark")
}

/// Growth of this process by challenges alone, then by challenges with their device and network records.
async fn memory() -> anyhow::Result<()> {
    let store = MemoryStore::new(KEPT * 2, Arc::new(ManualClock::default()));
    let (state, _) = app_state(None, false).await?;
    let template = open_one(&state, 0).await?.challenge;
    let before = resident_kib();
    for number in 0..KEPT {
        let device = DeviceKey(rand::random());
        let key = Key::of(b"bench", &number.to_le_bytes());
        let keys = RecordKeys { with_device: false, ..RecordKeys::challenge(device, key) };
        change(&store, &keys, |records, _: UnixMillis| records.challenge = Some(template)).await?;
    }
    let alone = (resident_kib() - before) as f64 * 1024.0 / KEPT as f64;
    ensure!(store.counts().challenges == KEPT, "all are kept");
    say(&format!("| in this process, of {KEPT}; {CHALLENGE_BYTES} of them are what it is | {alone:.0} |"));
    let before = resident_kib();
    for number in 0..4 * CHALLENGES {
        open_one(&state, number).await?;
    }
    let grown = (resident_kib() - before) as f64 * 1024.0;
    say(&format!("| the same with its device and network, each new | {:.0} |", grown / (4 * CHALLENGES) as f64));
    Ok(())
}

/// Growth of Redis by each challenge.
async fn redis_memory(sealed: bool) -> anyhow::Result<()> {
    let redis = RedisServer::start();
    let (state, clock) = app_state(Some(&redis), sealed).await?;
    let before = used_memory(&redis)?;
    let opened = open(&state, CHALLENGES).await?;
    let keeping = if sealed { "sealed" } else { "stored" };
    let each = |after: f64| (after - before) / CHALLENGES as f64;
    say(&format!("| in Redis, {keeping}, with its device and network | {:.0} |", each(used_memory(&redis)?)));
    clock.advance(Duration::from_secs(5));
    for issued in &opened {
        let right = right(&state, issued).await?;
        state.challenges.answer(&issued.token.to_text(), &issued.picture_id, &right).await?;
    }
    say(&format!("| in Redis, {keeping}, after the answer | {:.0} |", each(used_memory(&redis)?)));
    Ok(())
}

fn used_memory(redis: &RedisServer) -> anyhow::Result<f64> {
    let info = redis.command(&["INFO", "memory"]);
    let line = info.lines().find_map(|line| line.strip_prefix("used_memory:")).context("used_memory of Redis")?;
    Ok(line.trim().parse()?)
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|value| value.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

async fn drawing() -> anyhow::Result<()> {
    const PICTURES: u32 = 1000;
    let (state, _) = app_state(None, false).await?;
    let challenge = open(&state, 1).await?[0].challenge;
    let begun = Instant::now();
    for _ in 0..PICTURES {
        std::hint::black_box(pictures::draw(&challenge));
    }
    say(&format!(
        "\nA picture of level 1 takes {:.2} ms.",
        begun.elapsed().as_secs_f64() * 1000.0 / f64::from(PICTURES)
    ));
    Ok(())
}

/// Routes of the built program, beside the bare route.
#[expect(clippy::disallowed_methods, reason = "builds a request for its header and sends nothing")]
async fn over_http(data: &Path) -> anyhow::Result<()> {
    let mut bare = Process::start("bench", &["bare"], &[]);
    let line: serde_json::Value = serde_json::from_str(&bare.line_with("address", Duration::from_secs(10)))?;
    let bare_address = line["address"].as_str().context("no address")?.to_owned();
    let quotas = [("captcha_verify", NEVER), ("captcha_services", NEVER), ("captcha_pictures", NEVER)];
    let captcha = service("captcha-service", "CAPTCHA", data, &quotas, &[]).await;
    let secret = std::fs::read_to_string(data.join("captcha-tv.secret"))?;
    let client = std::fs::read_to_string(data.join("auth-service.secret"))?;
    let ticket = "A".repeat(32);
    let authorization =
        reqwest::Client::new().post("http://bench/").basic_auth("auth-service", Some(client.trim())).build()?;
    let authorization = authorization.headers()["authorization"].to_str()?.to_owned();
    let closed = format!("/api/v1/captcha/challenges/{ticket}/answer");
    let cases = [
        (
            "site_verify, a pass that is used up",
            "/siteverify",
            serde_json::json!({"secret": secret.trim(), "response": ticket}),
        ),
        ("assess_risk", "/api/v1/captcha/assess", serde_json::json!({"action": "log_in", "ip": "192.0.2.1"})),
        ("answer_challenge, of no session", &closed, serde_json::json!({"picture_id": "AAAAAAAAAAA", "answer": "42"})),
    ];
    say("\n| route | requests/s | p50 ms | p99 ms | ratio to bare |\n|---|---|---|---|---|");
    for (name, path, body) in cases {
        let body = body.to_string();
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: bench\r\nauthorization: {authorization}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            let base = round(&bare_address, &get_request("/bare", None), Duration::from_secs(1)).await?;
            let here = round(&captcha.address, request.as_bytes(), Duration::from_secs(2)).await.context(name)?;
            rounds.push((here, here.per_second / base.per_second));
        }
        rounds.sort_by(|one, two| one.1.total_cmp(&two.1));
        let (figures, ratio) = rounds[ROUNDS / 2];
        let ms = |time: Duration| time.as_secs_f64() * 1000.0;
        let (p50, p99) = (ms(figures.p50), ms(figures.p99));
        say(&format!("| {name} | {:.0} | {p50:.2} | {p99:.2} | {ratio:.3} |", figures.per_second));
    }
    Ok(())
}
