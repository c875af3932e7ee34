//! Bots and people at auth-service's own flows and pages, with captcha-service beside it: both in this process, over HTTP on
//! loopback, by a clock that only the simulation moves. `scripts/attack.sh` starts this. Fails when a bot gets more than it may.
//!
//!   FLOWS_PEOPLE   people of the simulated town [default: 200]
//!   FLOWS_REPORT   file for the tables in Markdown
//!
//! Limits for each address are in shadow: what holds here are the captcha and the budgets of networks.

mod pages;
mod people;
mod programs;
mod report;
mod world;

use std::env;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> anyhow::Result<()> {
    let count = env::var("FLOWS_PEOPLE").ok().map_or(Ok(200), |text| text.parse())?;
    let mut tallies = programs::all().await?;
    tallies.extend(pages::all().await?);
    let town = people::live(count).await?;
    let tables = report::tables(&tallies, &town);
    eprintln!("{tables}");
    if let Ok(path) = env::var("FLOWS_REPORT") {
        std::fs::write(path, &tables)?;
    }
    report::verdict(&tallies, &town)
}
