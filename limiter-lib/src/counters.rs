//! The counters that a policy holds.

use std::sync::OnceLock;

use ::metrics::Counter;

/// The counters of one policy: looked up by name once, so that a decision costs one atomic addition. The recorder must
/// be installed before the first decision.
#[derive(Default)]
pub(crate) struct Counters(pub(crate) OnceLock<Vec<Counter>>);

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
