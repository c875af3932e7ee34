//! The results of a comparison.

use std::collections::HashMap;

use crate::plan::Plan;

/// The results.
#[derive(Default)]
pub struct Findings {
    /// Limits decided on by the server.
    pub decisions: u64,
    pub calls: u64,
    pub admitted: u64,
    /// Admitted, but the reply was lost.
    pub unanswered: u64,
    /// Replies that differ from the model; the first few as text.
    pub mismatches: u64,
    pub examples: Vec<String>,
    /// Decisions that admitted more than the exact quota allows.
    pub beyond_exact: u64,
    /// Steps of the server's clock.
    pub steps: u64,
    /// Units admitted beyond the ideal, by pair; one map for the time after each loss of state, the first for the time
    /// before any.
    pub over: Vec<HashMap<u32, i128>>,
    /// TATs restored after a loss.
    pub restored: u64,
}

impl Findings {
    pub fn losses(&self) -> usize {
        self.over.len() - 1
    }

    /// Maximum number of units admitted beyond the ideal after one loss, and its maximum as a fraction of the burst.
    pub fn worst(&self, plan: &Plan) -> (i128, f64) {
        let all = self.over.iter().flatten();
        let part = |(pair, units): (&u32, &i128)| *units as f64 / f64::from(plan.pairs[*pair as usize].burst);
        let units = all.clone().map(|(_, units)| *units).max().unwrap_or(0);
        (units, all.map(part).fold(0.0, f64::max))
    }
}
