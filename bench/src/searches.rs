//! A flood of searches: the effect of 200 clients that search for words of no film on members and film routes.
//!
//! Members send requests at a constant rate, first alone and then beside the flood. Their time in the server is read
//! from its own histogram, which excludes the load generator on the same machine; the share of that one is printed too.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use service_kit::testing::TestClient;
use tests::garbage;
use tests::services::{Service, sign_in};
use tokio::net::TcpStream;

use crate::load::{exchange, on_one_thread};
use crate::routes::{NEVER, best_match, get_request, service};
use crate::say;
use crate::tracing::cpu_of;

/// Clients that search at once.
const FLOOD: u64 = 200;
/// Connections of members, and the pause of each: 200 requests a second together.
const MEMBERS: u64 = 8;
const PAUSE: Duration = Duration::from_millis(40);
const PHASE: Duration = Duration::from_secs(10);
const PASSWORD: &str = "correct horse battery";

/// Results of a connection.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    sent: u64,
    /// Responses for a member, or successful searches.
    good: u64,
    /// 99th percentile of the members' answers.
    slowest: Duration,
}

/// One phase.
struct Phase {
    members: Seen,
    searches: Seen,
    /// 99th percentile in the server, in seconds.
    p99: f64,
    /// Share of one core that the load generator had.
    generator: f64,
}

/// Prints the table. The folder holds imported films.
pub async fn measure(data: &Path) -> anyhow::Result<()> {
    let auth = service("auth-service", "AUTH", data, &[("introspect", NEVER)], &[]).await;
    let variables = [("MOVIES_AUTH_URL", format!("http://{}", auth.address))];
    let movies = service("movies-api", "MOVIES", data, &[("catalogue", NEVER), ("search", NEVER)], &variables).await;
    let person = serde_json::json!({"email": "searches@example.org", "password": PASSWORD});
    auth.client.post("/api/v1/users").json(&person).send().await.assert_status(201);
    let token = sign_in(&auth.client, "searches@example.org", PASSWORD).await;
    let film = format!("/api/v1/films/{}", best_match(&movies.client, "godfather").await?);
    let requests = ["/api/v1/films", &film, "/api/v1/genres"].map(|path| get_request(path, Some(&token)));
    let quiet = phase(&movies, &requests, 0).await?;
    let flood = phase(&movies, &requests, FLOOD).await?;
    say(&format!("\n{MEMBERS} members ask for films, {} s each row; one worker thread a server\n", PHASE.as_secs()));
    say(
        "| searches for garbage at once | answered/s | rejected/s | members among the members' answers | p99 of film routes in the server, ms | as the load generator saw it, ms | load generator, share of a core |",
    );
    say("|---|---|---|---|---|---|---|");
    print(0, &quiet);
    print(FLOOD, &flood);
    say(&format!(
        "\np99 of the film routes in the server, beside the flood: {:.1} times the quiet value",
        flood.p99 / quiet.p99
    ));
    Ok(())
}

fn print(searches: u64, phase: &Phase) {
    let per_second = |count: u64| count as f64 / PHASE.as_secs_f64();
    say(&format!(
        "| {searches} | {:.0} | {:.0} | {:.2} % of {} | {:.2} | {:.2} | {:.2} |",
        per_second(phase.searches.good),
        per_second(phase.searches.sent - phase.searches.good),
        100.0 * phase.members.good as f64 / phase.members.sent as f64,
        phase.members.sent,
        phase.p99 * 1000.0,
        phase.members.slowest.as_secs_f64() * 1000.0,
        phase.generator,
    ));
}

async fn phase(movies: &Service, requests: &[Vec<u8>; 3], flood: u64) -> anyhow::Result<Phase> {
    let (before, spent, begun) = (buckets(&movies.client).await, cpu_of(std::process::id()), Instant::now());
    let until = begun + PHASE;
    let (address, requests) = (movies.address.clone(), requests.clone());
    let members = (0..MEMBERS).map(|_| {
        let (address, requests) = (address.clone(), requests.clone());
        let run = async move { member(&address, &requests, until).await.map(|seen| (true, seen)) };
        Box::pin(run) as std::pin::Pin<Box<dyn Future<Output = anyhow::Result<(bool, Seen)>>>>
    });
    let searches = (0..flood).map(|seed| {
        let address = address.clone();
        let run = async move { search(&address, seed, until).await.map(|seen| (false, seen)) };
        Box::pin(run) as std::pin::Pin<Box<dyn Future<Output = anyhow::Result<(bool, Seen)>>>>
    });
    let (mut of_members, mut of_searches) = (Seen::default(), Seen::default());
    for seen in on_one_thread(members.chain(searches).collect::<Vec<_>>().into_iter()).await {
        let (is_member, seen) = seen?;
        let sum = if is_member { &mut of_members } else { &mut of_searches };
        sum.sent += seen.sent;
        sum.good += seen.good;
        sum.slowest = sum.slowest.max(seen.slowest);
    }
    let generator = (cpu_of(std::process::id()) - spent) as f64 / begun.elapsed().as_nanos() as f64;
    let p99 = quantile(&before, &buckets(&movies.client).await, 0.99)?;
    Ok(Phase { members: of_members, searches: of_searches, p99, generator })
}

/// Sends requests of a member one after the other.
async fn member(address: &str, requests: &[Vec<u8>], until: Instant) -> anyhow::Result<Seen> {
    let mut stream = TcpStream::connect(address).await.with_context(|| format!("cannot reach {address}"))?;
    stream.set_nodelay(true)?;
    let (mut seen, mut buffer, mut times) = (Seen::default(), Vec::new(), Vec::new());
    let mut tick = tokio::time::interval(PAUSE);
    for request in requests.iter().cycle() {
        tick.tick().await;
        if Instant::now() >= until {
            break;
        }
        let begun = Instant::now();
        let status = exchange(&mut stream, request, &mut buffer).await?;
        times.push(begun.elapsed());
        ensure!(status == 200, "a film route answered {status}");
        seen.sent += 1;
        let is_member = buffer.windows(15).any(|text| text == br#""mode":"member""#);
        seen.good += u64::from(is_member);
    }
    times.sort_unstable();
    seen.slowest = times.get(times.len() * 99 / 100).copied().unwrap_or_default();
    Ok(seen)
}

/// Searches for garbage without pauses.
async fn search(address: &str, seed: u64, until: Instant) -> anyhow::Result<Seen> {
    let mut stream = TcpStream::connect(address).await.with_context(|| format!("cannot reach {address}"))?;
    let (mut seen, mut buffer) = (Seen::default(), Vec::new());
    for path in garbage::searches(seed) {
        if Instant::now() >= until {
            break;
        }
        let status = exchange(&mut stream, &get_request(&path, None), &mut buffer).await?;
        ensure!(matches!(status, 200 | 503), "a search answered {status}");
        seen.sent += 1;
        seen.good += u64::from(status == 200);
    }
    Ok(seen)
}

/// The server's own histogram of film routes: upper bounds in seconds and counts up to them, searches left out.
async fn buckets(movies: &TestClient) -> Vec<(f64, u64)> {
    const ROUTES: [&str; 3] = [r#""/api/v1/films""#, r#""/api/v1/films/{film_id}""#, r#""/api/v1/genres""#];
    let text = movies.get("/metrics").send().await.text().clone();
    let mut sums: Vec<(f64, u64)> = Vec::new();
    for line in text.lines().filter(|line| line.starts_with("http_server_request_duration_seconds_bucket")) {
        let bound = line.split_once("le=\"").and_then(|(_, rest)| rest.split_once('"')).map(|(bound, _)| bound);
        let count = line.rsplit_once(' ').and_then(|(_, count)| count.parse::<u64>().ok());
        if let (Some(bound), Some(count)) = (bound, count)
            && ROUTES.iter().any(|route| line.contains(&format!("http_route={route}")))
        {
            let bound = bound.parse().unwrap_or(f64::INFINITY);
            match sums.iter_mut().find(|(known, _)| *known == bound) {
                Some((_, sum)) => *sum += count,
                None => sums.push((bound, count)),
            }
        }
    }
    sums.sort_by(|one, two| one.0.total_cmp(&two.0));
    sums
}

/// A quantile of the observations between two readings, by linear interpolation within a bucket.
fn quantile(before: &[(f64, u64)], after: &[(f64, u64)], of: f64) -> anyhow::Result<f64> {
    let known = |bound: f64| before.iter().find(|(other, _)| *other == bound).map_or(0, |(_, count)| *count);
    let counts: Vec<(f64, f64)> = after.iter().map(|(bound, count)| (*bound, (count - known(*bound)) as f64)).collect();
    let wanted = of * counts.last().context("the server measures its routes")?.1;
    let (mut floor, mut below) = (0.0, 0.0);
    for (bound, count) in counts {
        if count >= wanted {
            let within = if count > below { (wanted - below) / (count - below) } else { 1.0 };
            return Ok(if bound.is_finite() { floor + (bound - floor) * within } else { floor });
        }
        (floor, below) = (bound, count);
    }
    Ok(floor)
}
