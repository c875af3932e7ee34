//! Cost of tracing: processor time per request with tracing off, at 1 % and at 100 %; and the effect of an unavailable
//! collector on requests, which should be none.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use tests::process::Process;
use tests::services::{Service, sign_in};

use crate::load::{Figures, round};
use crate::routes::{NEVER, best_match, get_request, service};
use crate::say;

const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(2);
/// Many short rounds in turn, because the load of the machine changes within seconds.
const TURNS: usize = 15;
const TURN: Duration = Duration::from_millis(500);
const PASSWORD: &str = "correct horse battery";

/// Both services with one tracing setting.
struct Pair {
    name: &'static str,
    auth: Service,
    movies: Service,
}

impl Pair {
    async fn start(data: &Path, name: &'static str, tracing: &[(&str, String)]) -> Self {
        let quotas = [("account", NEVER), ("account_user", NEVER), ("introspect", NEVER)];
        let auth = service("auth-service", "AUTH", data, &quotas, tracing).await;
        let mut variables = tracing.to_vec();
        variables.push(("MOVIES_AUTH_URL", format!("http://{}", auth.address)));
        let quotas = [("catalogue", NEVER), ("search", NEVER)];
        let movies = service("movies-api", "MOVIES", data, &quotas, &variables).await;
        Self { name, auth, movies }
    }

    /// Nanoseconds of processor time that both have taken so far.
    fn cpu(&self) -> u64 {
        cpu(&self.auth.process) + cpu(&self.movies.process)
    }
}

/// Processor time of all threads of a process in nanoseconds, from the scheduler.
fn cpu(process: &Process) -> u64 {
    cpu_of(process.id())
}

/// The same of the process with this id.
pub fn cpu_of(id: u32) -> u64 {
    let tasks = std::fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().flatten();
    let of_task = |path: std::path::PathBuf| -> Option<u64> {
        std::fs::read_to_string(path.join("schedstat")).ok()?.split(' ').next()?.parse().ok()
    };
    tasks.filter_map(|task| of_task(task.path())).sum()
}

fn collector(delay: &str) -> anyhow::Result<(Process, String)> {
    let mut process = Process::start("bench", &["collector", delay], &[]);
    let line: serde_json::Value = serde_json::from_str(&process.line_with("address", Duration::from_secs(10)))?;
    let url = format!("http://{}", line["address"].as_str().context("no address")?);
    Ok((process, url))
}

fn to(url: &str, sampler: &str, share: &str) -> Vec<(&'static str, String)> {
    vec![
        ("OTEL_EXPORTER_OTLP_ENDPOINT", url.to_owned()),
        ("OTEL_TRACES_SAMPLER", sampler.to_owned()),
        ("OTEL_TRACES_SAMPLER_ARG", share.to_owned()),
    ]
}

/// Prints both tables.
pub async fn measure() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    cost(folder.path()).await?;
    let folder = tempfile::tempdir()?;
    outages(folder.path()).await
}

async fn cost(data: &Path) -> anyhow::Result<()> {
    let (_collector, url) = collector("0")?;
    let pairs = [
        Pair::start(data, "off", &[]).await,
        Pair::start(data, "1 %", &to(&url, "parentbased_traceidratio", "0.01")).await,
        Pair::start(data, "100 %", &to(&url, "parentbased_always_on", "1")).await,
    ];
    let person = serde_json::json!({"email": "bench@example.org", "password": PASSWORD});
    pairs[0].auth.client.post("/api/v1/users").json(&person).send().await.assert_status(201);
    let token = sign_in(&pairs[0].auth.client, "bench@example.org", PASSWORD).await;
    let film = format!("/api/v1/films/{}", best_match(&pairs[0].movies.client, "godfather").await?);
    let cases = [
        ("get_film: 1 span", false, get_request(&film, None)),
        ("get_film with a token: 2 spans and 1 in auth-service", false, get_request(&film, Some(&token))),
        ("get_me: 3 spans, of which 2 are SQL", true, get_request("/api/v1/me", Some(&token))),
    ];
    say("\n| µs of processor time per request, both services | off | 1 % | 100 % | more at 1 % | more at 100 % |");
    say("|---|---|---|---|---|---|");
    for (name, at_auth, request) in &cases {
        let mut costs: Vec<Vec<f64>> = vec![Vec::new(); pairs.len()];
        for _ in 0..TURNS {
            for (pair, costs) in pairs.iter().zip(&mut costs) {
                let address = if *at_auth { &pair.auth.address } else { &pair.movies.address };
                let before = pair.cpu();
                let figures = round(address, request, TURN).await.with_context(|| format!("{name}, {}", pair.name))?;
                costs.push((pair.cpu() - before) as f64 / 1000.0 / figures.answers as f64);
            }
        }
        // The median of the differences within a turn, not the difference of the medians.
        let more = |way: usize| median(costs[way].iter().zip(&costs[0]).map(|(cost, off)| cost - off).collect());
        let (some, all) = (more(1), more(2));
        let of = |way: usize| median(costs[way].clone());
        say(&format!("| {name} | {:.1} | {:.1} | {:.1} | {some:.1} | {all:.1} |", of(0), of(1), of(2)));
    }
    Ok(())
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// One state of the collector, and the figures of requests during it.
struct Outage {
    name: &'static str,
    pair: Pair,
    rounds: Vec<Figures>,
    resident: u64,
}

async fn outages(data: &Path) -> anyhow::Result<()> {
    let (_up, up) = collector("0")?;
    let (frozen, frozen_url) = collector("0")?;
    frozen.signal("STOP");
    let (_slow, slow) = collector("1000")?;
    let mut states = Vec::new();
    for (name, url) in [
        ("tracing off", None),
        ("collector up", Some(up.as_str())),
        ("refused", Some("http://127.0.0.1:9")),
        ("frozen (SIGSTOP)", Some(&frozen_url)),
        ("answers after 1 s", Some(&slow)),
    ] {
        let tracing = url.map(|url| to(url, "parentbased_always_on", "1")).unwrap_or_default();
        states.push(Outage { name, pair: Pair::start(data, name, &tracing).await, rounds: Vec::new(), resident: 0 });
    }
    let film = format!("/api/v1/films/{}", best_match(&states[0].pair.movies.client, "godfather").await?);
    let request = get_request(&film, None);
    for state in &mut states {
        round(&state.pair.movies.address, &request, ROUND).await?; // warm
        state.resident = state.pair.movies.process.memory_kib("VmRSS");
    }
    let begun = Instant::now();
    for _ in 0..ROUNDS {
        for state in &mut states {
            state.rounds.push(round(&state.pair.movies.address, &request, ROUND).await?);
        }
    }
    say(
        "\n| collector | requests/s | p50 ms | p99 ms | memory since the warm-up | lines about it | shutdown | ended = sent + dropped + lost |",
    );
    say("|---|---|---|---|---|---|---|---|");
    for state in states {
        report(state)?;
    }
    say(&format!("\nThe load lasted {:.0} s for each row.", begun.elapsed().as_secs_f64()));
    Ok(())
}

fn report(mut state: Outage) -> anyhow::Result<()> {
    state.rounds.sort_by(|one, two| one.per_second.total_cmp(&two.per_second));
    let figures = state.rounds[state.rounds.len() / 2];
    let process = &mut state.pair.movies.process;
    let grown = process.memory_kib("VmRSS") as f64 / 1024.0 - state.resident as f64 / 1024.0;
    let begun = Instant::now();
    process.signal("TERM");
    process.wait(Duration::from_secs(20));
    let took = begun.elapsed();
    let lines = process.all_with("the trace collector");
    let counts = process.all_with("traces are closed").pop().map_or("–".to_owned(), |line| {
        let line: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
        format!("{} = {} + {} + {}", line["ended"], line["sent"], line["dropped"], line["lost"])
    });
    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    say(&format!(
        "| {} | {:.0} | {:.2} | {:.2} | {grown:+.1} MB | {} | {:.1} s | {counts} |",
        state.name,
        figures.per_second,
        ms(figures.p50),
        ms(figures.p99),
        lines.len(),
        took.as_secs_f64(),
    ));
    Ok(())
}
