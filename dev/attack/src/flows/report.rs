//! Tables of the results, and the bounds that fail the run.

use std::fmt::Write;

use anyhow::ensure;

use crate::people::UserResults;
use crate::tally::Tally;

impl UserResults {
    fn share(&self, count: u32) -> f64 {
        100.0 * f64::from(count) / f64::from(self.wanted.max(1))
    }
}

/// Both tables in Markdown.
pub fn tables(tallies: &[Tally], results: &UserResults) -> String {
    let (stopped, others): (Vec<&Tally>, Vec<&Tally>) =
        tallies.iter().partition(|tally| tally.accounts == 0 && tally.sessions == 0);
    let names: Vec<_> = stopped.iter().map(|tally| tally.name).collect();
    let requests: u32 = stopped.iter().map(|tally| tally.tries).sum();
    let mut text = format!(
        "Programs without an account or a session, in {requests} requests: {}.\n\n\
         | program | requests | networks | accounts | sessions |\n|---|---|---|---|---|\n",
        names.join("; ")
    );
    for Tally { name, tries, networks, accounts, sessions, .. } in others {
        let _ = writeln!(text, "| {name} | {tries} | {networks} | **{accounts}** | **{sessions}** |");
    }
    let _ = write!(
        text,
        "\n| people | sign-ups and sign-ins | no picture needed | pictures each | refused |\n|---|---|---|---|---|\n\
         | four weeks | {} | {:.1} % | {:.2} | **{:.2} %** |\n\n",
        results.wanted,
        results.share(results.unasked),
        results.share(results.pictures) / 100.0,
        results.share(results.refused)
    );
    text
}

/// Fails when a bound is exceeded.
pub fn verdict(tallies: &[Tally], results: &UserResults) -> anyhow::Result<()> {
    for Tally { name, accounts, sessions, most, .. } in tallies {
        ensure!(accounts <= &most.0, "{name}: {accounts} accounts, at most {} may be", most.0);
        ensure!(sessions <= &most.1, "{name}: {sessions} sessions, at most {} may be", most.1);
    }
    let refused = results.share(results.refused);
    ensure!(refused <= 0.5, "{refused:.2} % of people are refused");
    Ok(())
}
