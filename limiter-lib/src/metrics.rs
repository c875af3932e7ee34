//! Metrics of the limiter, through the `metrics` facade. No label carries a key.

use std::sync::OnceLock;

use ::metrics::{Counter, counter};

use crate::{
    decision::{Decision, Outcome, Source},
    policy::Mode,
};

const OUTCOMES: [&str; 4] = ["allow", "delay", "deny", "shadow_deny"];
const SOURCES: [Source; 4] = [Source::Store, Source::DenyCache, Source::Lease, Source::Fallback];

/// The counters of one policy: looked up by name once, so that a decision costs one atomic addition. The recorder must
/// be installed before the first decision.
#[derive(Default)]
pub(crate) struct Counters(OnceLock<Vec<Counter>>);

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

/// Counters are no part of a policy's value.
impl Clone for Counters {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Counters {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Counters {}

impl std::fmt::Debug for Counters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Counters")
    }
}
