//! Tables of the results, and the bounds that fail the run.

use std::fmt::Write;

use anyhow::ensure;

use crate::people::UserResults;
use crate::tally::{PASSES_A_DAY, Tally};

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
         | program | requests | networks | accounts | sessions | a day and network: passes | accounts | sessions |\n\
         |---|---|---|---|---|---|---|---|\n",
        names.join("; ")
    );
    for tally in others {
        let Tally { name, tries, networks, accounts, sessions, passes, .. } = tally;
        let [passes, opened, signed_in] = [passes, accounts, sessions].map(|count| tally.share(*count));
        let _ = writeln!(
            text,
            "| {name} | {tries} | {networks} | **{accounts}** | **{sessions}** | {passes:.0} | {opened:.0} | {signed_in:.0} |"
        );
    }
    let _ = write!(
        text,
        "\n| people | sign-ups and sign-ins | no picture needed | pictures each | by phone | refused |\n|---|---|---|---|---|---|\n\
         | four weeks | {} | {:.1} % | {:.2} | {:.1} % | **{:.2} %** |\n\n",
        results.wanted,
        results.share(results.unasked),
        results.share(results.pictures) / 100.0,
        results.share(results.by_phone),
        results.share(results.refused)
    );
    text
}

/// Fails when a bound is exceeded.
pub fn verdict(tallies: &[Tally], results: &UserResults) -> anyhow::Result<()> {
    for tally in tallies {
        let Tally { name, accounts, sessions, most, .. } = tally;
        let passes = tally.share(tally.passes);
        ensure!(passes <= f64::from(PASSES_A_DAY), "{name}: a network got {passes:.1} passes in a day");
        ensure!(accounts <= &most.0, "{name}: {accounts} accounts, at most {} may be", most.0);
        ensure!(sessions <= &most.1, "{name}: {sessions} sessions, at most {} may be", most.1);
    }
    let refused = results.share(results.refused);
    ensure!(refused <= 0.5, "{refused:.2} % of people are refused");
    Ok(())
}
