//! Simulated bots and users of auth-service's flows and pages, with captcha-service: both in this process, over HTTP on
//! loopback, with a manual clock. `scripts/attack.sh` starts this. Fails when a bot gets more than its bound.
//!
//!   FLOWS_PEOPLE   simulated users [default: 200]
//!   FLOWS_REPORT   file for the tables in Markdown
//!
//! Limits of addresses are in shadow mode: this tests the captcha and the budgets of networks.

mod pages;
mod people;
mod programs;
mod readers;
mod report;
mod tally;
mod world;

use std::env;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::disallowed_methods, reason = "set by the script that starts this")]
async fn main() -> anyhow::Result<()> {
    let count = env::var("FLOWS_PEOPLE").ok().map_or(Ok(200), |text| text.parse())?;
    let mut tallies = programs::all().await?;
    tallies.extend(readers::all().await?);
    tallies.extend(pages::all().await?);
    let results = people::live(count).await?;
    let tables = report::tables(&tallies, &results);
    eprintln!("{tables}");
    if let Ok(path) = env::var("FLOWS_REPORT") {
        std::fs::write(path, &tables)?;
    }
    report::verdict(&tallies, &results)
}
