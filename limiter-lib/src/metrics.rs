//! Metrics of the limiter, through the `metrics` facade. No label carries a key.

use ::metrics::{Counter, Unit, counter, describe_counter, describe_gauge, describe_histogram};

use crate::{
    decision::{Decision, Outcome, Source},
    policy::Mode,
};

const OUTCOMES: [&str; 4] = ["allow", "delay", "deny", "shadow_deny"];
const SOURCES: [Source; 4] = [Source::Store, Source::DenyCache, Source::Lease, Source::Fallback];

/// Describes the metrics to the recorder of the process, which must be installed before.
pub fn describe_metrics() {
    describe_counter!("limiter.decisions", "Decisions of the limiter by policy, outcome and source.");
    describe_gauge!("limiter.degraded", "1 while this process decides locally because Redis is unavailable.");
    describe_counter!("limiter.memory.evictions", "Keys evicted because the memory for them is bounded.");
    describe_counter!("limiter.redis.restored", "Keys restored to a Redis that had lost its state.");
    describe_histogram!("limiter.redis.duration", Unit::Seconds, "Calls to Redis.");
    describe_histogram!("limiter.redis.batch_size", "Decisions requested in one call.");
}

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
