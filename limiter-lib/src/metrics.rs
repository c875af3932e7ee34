//! Metrics of the limiter, through the `metrics` facade. No label carries a key.

use ::metrics::{Counter, counter};

use crate::{
    decision::{Decision, Outcome, Source},
    policy::Mode,
};

const OUTCOMES: [&str; 4] = ["allow", "delay", "deny", "shadow_deny"];
const SOURCES: [Source; 4] = [Source::Store, Source::DenyCache, Source::Lease, Source::Fallback];

/// Counts a decision: `limiter.decisions` by policy, outcome and source.
#[inline]
pub(crate) fn record_decision(decision: &Decision) {
    let policy = decision.policy.name();
    let counters = decision.policy.counters().0.get_or_init(|| counters(policy));
    if let Some(counter) = counters.get(outcome(decision) * SOURCES.len() + decision.source as usize) {
        counter.increment(1);
    }
}

fn counters(policy: &str) -> Vec<Counter> {
    let one = |outcome: &'static str, source: Source| counter!("limiter.decisions", "policy" => policy.to_owned(), "outcome" => outcome, "source" => source.name());
    OUTCOMES.iter().flat_map(|outcome| SOURCES.iter().map(|source| one(outcome, *source))).collect()
}

fn outcome(decision: &Decision) -> usize {
    match (decision.outcome, decision.policy.get_mode()) {
        (Outcome::Allow, _) => 0,
        (Outcome::Delay(_), _) => 1,
        (Outcome::Deny { .. }, Mode::Enforce) => 2,
        (Outcome::Deny { .. }, Mode::Shadow) => 3,
    }
}
