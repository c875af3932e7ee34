//! The tables, and their acceptance criteria.

use std::fmt::Write;

use crate::{
    Outcome,
    bots::{Results, Tally},
    people::Town,
};

/// Passes by picture or sound that a network may get in any 24 hours.
const MOST_PASSES: usize = 30;
/// Sign-ins of people, in percent, that may get neither a pass nor the phone.
const MOST_REFUSED: f64 = 0.5;

impl Tally {
    fn a_day(&self, count: u32) -> f64 {
        f64::from(count) / self.days.max(1e-9)
    }
}

impl Results {
    fn runs(&self) -> [&Tally; 3] {
        let [signs_in, opens] = &self.perfect;
        [&self.own, signs_in, opens]
    }

    /// `true` when no run could use a pass.
    fn is_stopped(&self) -> bool {
        self.runs().iter().all(|tally| tally.accepted == 0)
    }

    fn row(&self) -> String {
        let [own, signs_in, opens] = self.runs().map(|tally| tally.gains.best_day());
        format!(
            "| {} | {:.1} | {} | {} | {} | {} | {} | **{}** | **{}** |\n",
            self.own.name,
            self.own.a_day(self.own.pictures),
            own.by_picture,
            own.by_sound,
            own.entries,
            signs_in.by_picture,
            signs_in.by_sound,
            signs_in.entries,
            opens.entries,
        )
    }
}

impl Town {
    fn share(&self, count: u32) -> f64 {
        100.0 * f64::from(count) / f64::from(self.attempts.max(1))
    }
}

/// Both tables in Markdown.
pub fn tables(results: &[Results], towns: &[Town], days: u32) -> String {
    let mut text = format!(
        "{days} days of a device each, fewer for bots that do much in a day. All but pictures: the most that a network got \
         in any 24 hours.\n\n"
    );
    let (stopped, others): (Vec<&Results>, Vec<&Results>) = results.iter().partition(|results| results.is_stopped());
    let names: Vec<_> = stopped.iter().map(|results| results.own.name).collect();
    let _ = writeln!(text, "No pass worked for these, with a perfect reader neither: {}.\n", names.join("; "));
    text += "| bot | pictures a day and device | passes by picture | by sound | sign-ins | with a perfect reader: by picture | by sound | sign-ins | accounts |\n|---|---|---|---|---|---|---|---|---|\n";
    others.iter().for_each(|results| text += &results.row());
    text += "\n| people | log-ins | no picture needed | pictures a log-in | of level 2 or 3 | by phone | refused |\n|---|---|---|---|---|---|---|\n";
    for town in towns {
        let _ = writeln!(
            text,
            "| {} | {} | {:.1} % | {:.2} | {:.1} % | {:.1} % | **{:.2} %** |",
            town.name,
            town.attempts,
            town.share(town.allowed),
            town.share(town.pictures) / 100.0,
            100.0 * f64::from(town.hard) / f64::from(town.pictures.max(1)),
            town.share(town.by_phone),
            town.share(town.refused)
        );
    }
    text + "\n"
}

/// Checks the acceptance criteria.
pub fn verdict(results: &[Results], towns: &[Town]) -> Outcome<()> {
    for results in results {
        for tally in results.runs() {
            let passes = tally.gains.best_day().passes;
            if passes > MOST_PASSES {
                return Err(format!("{}: a network got {passes} passes in a day", tally.name).into());
            }
        }
        check(&results.own)?;
    }
    for town in towns {
        if town.share(town.refused) > MOST_REFUSED {
            return Err(format!("{}: {:.2} % of people are refused", town.name, town.share(town.refused)).into());
        }
    }
    Ok(())
}

/// What a bot may gain with its own reader, whatever its networks.
fn check(tally: &Tally) -> Outcome<()> {
    if tally.name.starts_with("harvester") && tally.allowed > 0 {
        return Err(format!("{}: let in {} times without an answer", tally.name, tally.allowed).into());
    }
    let most = match tally.name {
        name if name.starts_with("guesser of passwords") => 30.0,
        name if name.starts_with("guesser") => 0.4,
        name if name.starts_with("replayer") || name.starts_with("reseller") || name.starts_with("harvester") => 0.0,
        _ => 30.0,
    };
    // Tolerance for the luck of a short run.
    let (accepted, luck) = (tally.a_day(tally.accepted), 3.0 * (most / tally.days.max(1.0)).sqrt());
    if accepted > most + luck {
        return Err(format!("{}: {accepted:.2} passes a day, at most {most} may be", tally.name).into());
    }
    Ok(())
}
