//! What came out of a comparison, in numbers.

use std::collections::HashMap;

use crate::plan::Plan;

/// What came out.
#[derive(Default)]
pub struct Findings {
    /// Limits decided on by the server.
    pub decisions: u64,
    pub calls: u64,
    pub admitted: u64,
    /// Admitted, but the answer was lost on its way.
    pub unanswered: u64,
    /// Where the server said something else than the model; the first few in words.
    pub mismatches: u64,
    pub examples: Vec<String>,
    /// Decisions that admitted more than the exact quota has.
    pub beyond_exact: u64,
    /// Steps of the server's clock.
    pub steps: u64,
    /// Units admitted beyond the ideal, by pair; one map for the time after each loss of state, the first for the time
    /// before any.
    pub over: Vec<HashMap<u32, i128>>,
    /// TATs told after a loss.
    pub told: u64,
}

impl Findings {
    pub fn losses(&self) -> usize {
        self.over.len() - 1
    }

    /// The most units admitted beyond the ideal after one loss, and the most as a part of the burst.
    pub fn worst(&self, plan: &Plan) -> (i128, f64) {
        let all = self.over.iter().flatten();
        let part = |(pair, units): (&u32, &i128)| *units as f64 / f64::from(plan.pairs[*pair as usize].burst);
        let units = all.clone().map(|(_, units)| *units).max().unwrap_or(0);
        (units, all.map(part).fold(0.0, f64::max))
    }
}
