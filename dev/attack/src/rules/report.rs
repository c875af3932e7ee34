//! The tables, and their acceptance criteria.

use std::fmt::Write;

use crate::{Outcome, bots::Tally, people::Town};

impl Tally {
    fn a_day(&self, count: u32) -> f64 {
        f64::from(count) / self.days.max(1e-9)
    }
}

impl Town {
    fn share(&self, count: u32) -> f64 {
        100.0 * f64::from(count) / f64::from(self.attempts.max(1))
    }
}

/// Both tables in Markdown.
pub fn tables(tallies: &[Tally], towns: &[Town], days: u32) -> String {
    let mut text = format!(
        "{days} days of a device each, fewer for bots that do much in a day; bots with a new device each time stay in one network.\n\n"
    );
    let (stopped, others): (Vec<&Tally>, Vec<&Tally>) = tallies.iter().partition(|tally| tally.logins == 0);
    let names: Vec<_> = stopped.iter().map(|tally| tally.name).collect();
    let _ = writeln!(text, "Without a log-in: {}.\n", names.join("; "));
    text += "| bot | pictures a day | log-ins a day | asked nothing |\n|---|---|---|---|\n";
    for tally in others {
        let _ = writeln!(
            text,
            "| {} | {:.1} | **{:.2}** | {:.0} % |",
            tally.name,
            tally.a_day(tally.pictures),
            tally.a_day(tally.logins),
            100.0 * f64::from(tally.allowed) / f64::from(tally.assessments.max(1))
        );
    }
    text += "\n| people | log-ins | no picture needed | pictures a log-in | of level 2 or 3 | refused |\n|---|---|---|---|---|---|\n";
    for town in towns {
        let _ = writeln!(
            text,
            "| {} | {} | {:.1} % | {:.2} | {:.1} % | **{:.2} %** |",
            town.name,
            town.attempts,
            town.share(town.allowed),
            town.share(town.pictures) / 100.0,
            100.0 * f64::from(town.hard) / f64::from(town.pictures.max(1)),
            town.share(town.refused)
        );
    }
    text + "\n"
}

/// Checks the acceptance criteria.
pub fn verdict(tallies: &[Tally], towns: &[Town]) -> Outcome<()> {
    let new_device_each_time =
        |tally: &&Tally| tally.name.contains("new device") && !tally.name.starts_with("harvester");
    for tally in tallies.iter().filter(|tally| !new_device_each_time(tally)) {
        let most = match tally.name {
            name if name.starts_with("guesser of passwords") => 30.0,
            name if name.starts_with("guesser") => 0.4,
            name if name.starts_with("re") || name.starts_with("harvester") => 0.0,
            _ => 30.0,
        };
        if tally.name.starts_with("harvester") && tally.allowed > 0 {
            return Err(format!("{}: let in {} times without an answer", tally.name, tally.allowed).into());
        }
        // Tolerance for the luck of a short run.
        let (logins, luck) = (tally.a_day(tally.logins), 3.0 * (most / tally.days.max(1.0)).sqrt());
        if logins > most + luck {
            return Err(format!("{}: {logins:.2} log-ins a day, at most {most} may be", tally.name).into());
        }
    }
    for town in towns {
        if town.share(town.refused) > 0.5 {
            return Err(format!("{}: {:.2} % of people are refused", town.name, town.share(town.refused)).into());
        }
    }
    Ok(())
}
