//! `make bench`: speed and memory of the built programs, each figure beside a bare route of the same run.
//!
//! Every server gets one worker thread and the load generator the other core, so figures are per core (those of sign-ins
//! by processor time: there auth-service has a worker for each core, as is its default). Rounds of the
//! baseline stand between the rounds of the routes: a noisy machine shows as a spread, not as a wrong ratio.

mod arrivals;
mod auth_server;
mod bare;
mod captcha;
mod connections;
mod load;
mod memory;
mod oauth;
mod overload;
mod routes;
mod searches;
mod sign_ins;
mod signatures;
mod timings;
mod tracing;
mod user_imports;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;

fn main() -> anyhow::Result<ExitCode> {
    match std::env::args().nth(1).as_deref() {
        Some("bare") => bare::serve(),
        Some("collector") => collector(),
        Some("routes") => measure(async || routes::measure(tempfile::tempdir()?.path()).await),
        Some("tracing") => measure(async || tracing::measure().await),
        Some("searches") => measure(async || {
            let folder = tempfile::tempdir()?;
            routes::import(folder.path())?;
            searches::measure(folder.path()).await
        }),
        Some("connections") => measure(async || connections::measure().await),
        Some("user-imports") => measure(async || user_imports::measure(tempfile::tempdir()?.path()).await),
        Some("sign-ins") => measure(async || sign_ins::measure(std::env::args().nth(2)).await),
        Some("signatures") => measure(async || signatures::measure()),
        Some("timings") => measure(async || timings::measure().await),
        Some("oauth") => measure(async || oauth::measure().await),
        Some("captcha") => measure(async || captcha::measure(tempfile::tempdir()?.path()).await),
        None => measure(async || {
            let folder = tempfile::tempdir()?;
            memory::measure().await?;
            routes::measure(folder.path()).await?;
            searches::measure(folder.path()).await?;
            captcha::measure(folder.path()).await?;
            connections::measure().await?;
            user_imports::measure(folder.path()).await?;
            signatures::measure()?;
            oauth::measure().await?;
            sign_ins::measure(None).await?;
            timings::measure().await?;
            tracing::measure().await
        }),
        Some(other) => anyhow::bail!("bench takes no argument like {other:?}"),
    }
}

fn measure(what: impl AsyncFnOnce() -> anyhow::Result<()>) -> anyhow::Result<ExitCode> {
    print_machine()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(what())?;
    Ok(ExitCode::SUCCESS)
}

/// Accepts spans and counts them until it is killed; the second argument is the delay of each response in milliseconds.
fn collector() -> anyhow::Result<ExitCode> {
    let delay = std::env::args().nth(2).as_deref().unwrap_or("0").parse().context("milliseconds")?;
    let announce = |address: &str| say(&serde_json::json!({"address": address}).to_string());
    tests::collector::serve(Duration::from_millis(delay), announce)?;
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::print_stdout, reason = "the tables are what this program is for")]
pub(crate) fn say(line: &str) {
    println!("{line}");
}

/// The machine's line: figures without it mean nothing.
fn print_machine() -> anyhow::Result<()> {
    let cpu = std::fs::read_to_string("/proc/cpuinfo")?;
    let model =
        cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("").trim_start_matches([' ', '\t', ':']);
    let cores = std::thread::available_parallelism()?;
    let memory = std::fs::read_to_string("/proc/meminfo")?;
    let kib: u64 = memory.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).unwrap_or(0);
    say(&format!("machine: {model}, {cores} cores, {} GiB, {}", kib.div_ceil(1 << 20), std::env::consts::ARCH));
    Ok(())
}
