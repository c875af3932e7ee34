//! Metrics of breakers.

use std::sync::Arc;

use metrics::{counter, describe_counter, describe_gauge, gauge};

pub(in crate::client) fn describe() {
    describe_gauge!("breaker.state", "1 for the state that a breaker is in, 0 for the others.");
    describe_counter!("breaker.transitions", "Changes of state of a breaker.");
    describe_counter!("breaker.rejections", "Calls that a breaker rejected.");
}

/// Publishes the state of a breaker.
pub(super) fn set_state(name: &Arc<str>, state: &'static str) {
    for one in ["closed", "open", "half_open", "ramp"] {
        let value = if one == state { 1.0 } else { 0.0 };
        gauge!("breaker.state", "breaker.name" => Arc::clone(name), "breaker.state" => one).set(value);
    }
}

/// Counts a change of state of a breaker.
pub(super) fn record_transition(name: &Arc<str>, from: &'static str, to: &'static str) {
    counter!("breaker.transitions", "breaker.name" => Arc::clone(name), "from" => from, "to" => to).increment(1);
    set_state(name, to);
}

/// Counts a call rejected by a breaker.
pub(super) fn record_rejection(name: &Arc<str>, reason: &'static str) {
    counter!("breaker.rejections", "breaker.name" => Arc::clone(name), "reason" => reason).increment(1);
}
