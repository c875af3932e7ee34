//! The decisions that responses report.

use crate::{decision::Decision, policy::Mode};

/// The decisions of limits that enforce; limits in shadow are not reported.
pub(super) fn reported(decisions: &[Decision]) -> impl Iterator<Item = &Decision> {
    decisions.iter().filter(|decision| decision.policy.get_mode() == Mode::Enforce)
}
