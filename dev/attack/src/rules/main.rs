//! Simulates weeks of bots and of humans against the real rules of captcha-service, in one process without a network
//! and with a simulated clock. `scripts/attack.sh` runs this.
//!
//!   BOTS_DAYS     days that every bot has [default: 1000]
//!   PEOPLE        people of the simulated town [default: 3000]
//!   BOTS_REPORT   file for the tables in Markdown
//!
//! The accuracy of readers is given, not simulated: drawing and reading millions of pictures would take weeks.

mod bots;
mod chance;
mod people;
mod reader;
mod report;
mod world;

use std::{env, error::Error};

/// Any error ends the simulation.
type Outcome<T> = Result<T, Box<dyn Error>>;

#[expect(clippy::disallowed_methods, reason = "set by the script that starts this")]
fn number(name: &str, default: u32) -> Outcome<u32> {
    Ok(env::var(name).ok().map_or(Ok(default), |text| text.parse())?)
}

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::disallowed_methods, reason = "set by the script that starts this")]
async fn main() -> Outcome<()> {
    let (days, people) = (number("BOTS_DAYS", 1000)?, number("PEOPLE", 3000)?);
    let results = bots::all(days)?;
    let towns = [people::ordinary_weeks(people)?, people::evening_after_an_outage()?];
    let tables = report::tables(&results, &towns, days);
    eprintln!("{tables}");
    if let Ok(path) = env::var("BOTS_REPORT") {
        std::fs::write(path, &tables)?;
    }
    report::verdict(&results, &towns)
}
