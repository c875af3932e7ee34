//! The effect of an action on a TAT, by this process's share of a quota.

use crate::{
    gcra::{Rule, Step, TICKS_PER_MILLISECOND},
    store::{Action, StoreOutcome},
};

/// Slack beyond the tolerance before a TAT is considered wrong: processors may read their counters out of order, and
/// two of them may slightly disagree.
const SLACK: u64 = TICKS_PER_MILLISECOND;

/// A quota divided by replicas: the rate is divided, and with it the burst, since the tolerance in ticks stays.
///
/// A cost above the divided burst but within the whole one passes when the key is idle, and is paid off at the divided
/// rate: otherwise an outage would always refuse it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Share {
    rule: Rule,
    replicas: u64,
}

/// The new TAT and the outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Effect {
    /// The new TAT; the stored one when there is nothing to write.
    pub tat: u64,
    /// The outcome.
    pub outcome: StoreOutcome,
}

impl Share {
    pub(super) fn new(rule: Rule, replicas: u32) -> Self {
        Self { rule, replicas: u64::from(replicas.max(1)) }
    }

    /// Ticks that `units` add to a TAT.
    pub(super) fn increment(&self, units: u32) -> u64 {
        self.rule.interval.saturating_mul(u64::from(units)).saturating_mul(self.replicas)
    }

    /// The rule for one request that adds `increment`.
    fn rule(&self, increment: u64) -> Rule {
        // `increment / replicas <= tolerance`, without a division: the cost is within the whole burst.
        let within = self.replicas > 1 && increment <= self.rule.tolerance.saturating_mul(self.replicas);
        let tolerance = if within { self.rule.tolerance.max(increment) } else { self.rule.tolerance };
        Rule { tolerance, ..self.rule }
    }

    /// `true` when a TAT is so far ahead that only a clock that stepped back, or a quota that was lowered, explains it.
    pub(super) fn is_too_far(&self, stored: u64, now: u64) -> bool {
        stored > self.farthest(now).saturating_add(SLACK)
    }

    /// The TAT of a key that has used up its quota.
    pub(super) fn farthest(&self, now: u64) -> u64 {
        now.saturating_add(self.rule.tolerance.saturating_mul(self.replicas))
    }

    /// The effect of `action` on a key with the TAT `stored` (0 for an unknown key), at `now`.
    #[inline(always)]
    pub(super) fn effect(&self, action: Action, stored: u64, now: u64) -> Effect {
        match action {
            Action::Take(0) => Effect { tat: stored, outcome: conforms(stored.max(now), now, 0) },
            Action::Take(units) => match self.step(stored, now, self.increment(units)) {
                Step::Conforms { tat } => Effect { tat, outcome: conforms(tat, now, units) },
                Step::Exceeds { wait, .. } => Effect { tat: stored, outcome: StoreOutcome::Exceeds { wait } },
            },
            Action::TakeUpTo(wanted) => {
                let base = stored.max(now);
                let interval = self.increment(1);
                let latest = now.saturating_add(self.rule(interval).tolerance);
                let room = latest.saturating_sub(base) / interval;
                let granted = u32::try_from(room).unwrap_or(u32::MAX).min(wanted);
                let tat = if granted == 0 { stored } else { base + self.increment(granted) };
                Effect { tat, outcome: conforms(tat.max(now), now, granted) }
            }
            Action::Charge(units) => {
                let latest = now.saturating_add(self.rule.tolerance);
                let tat = stored.max(now).saturating_add(self.increment(units)).min(latest).max(stored);
                Effect { tat, outcome: conforms(tat, now, units) }
            }
            Action::Refund(units) => {
                let tat = lowered(stored, self.increment(units), now);
                Effect { tat, outcome: conforms(tat.max(now), now, 0) }
            }
        }
    }

    /// The outcome of a take of `increment` ticks, after `before` ticks that the same call takes from the same key.
    pub(super) fn peek(&self, stored: u64, now: u64, before: u64, increment: u64) -> StoreOutcome {
        let base = stored.max(now);
        match self.step(base.saturating_add(before), now, increment) {
            Step::Conforms { .. } => conforms(base, now, 0),
            Step::Exceeds { wait, .. } => StoreOutcome::Exceeds { wait },
        }
    }

    /// [`Rule::decide`], but a TAT beyond the tolerance is not bounded: see [`Share::is_too_far`].
    fn step(&self, stored: u64, now: u64, increment: u64) -> Step {
        let rule = self.rule(increment);
        let latest = now.saturating_add(rule.tolerance);
        if stored > latest {
            return Step::Exceeds { wait: (stored - latest).saturating_add(increment), tat: stored };
        }
        rule.decide(stored, now, increment)
    }
}

/// A TAT lowered by `ticks`, but not below `now`: a key is never better than idle. That of an idle key is unchanged.
pub(super) fn lowered(stored: u64, ticks: u64, now: u64) -> u64 {
    stored.saturating_sub(ticks).max(now).min(stored)
}

fn conforms(tat: u64, now: u64, granted: u32) -> StoreOutcome {
    StoreOutcome::Conforms { until_idle: tat.saturating_sub(now), granted }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quota::Quota;

    /// 10 a second, burst 10.
    fn share(replicas: u32) -> Share {
        Share::new(Quota::per_second(10).unwrap().rule(), replicas)
    }

    const NOW: u64 = 1 << 40;
    const UNIT: u64 = 1_600_000;

    fn granted(effect: Effect) -> Option<u32> {
        match effect.outcome {
            StoreOutcome::Conforms { granted, .. } => Some(granted),
            StoreOutcome::Exceeds { .. } => None,
        }
    }

    #[test]
    fn a_share_has_its_part_of_burst_and_rate() {
        let mut tat = 0;
        let mut taken = 0;
        for step in 0..1_000 {
            let now = NOW + step * UNIT;
            let effect = share(5).effect(Action::Take(1), tat, now);
            tat = effect.tat;
            taken += granted(effect).unwrap_or(0);
        }
        assert_eq!(taken, 2 + 999 / 5);
    }

    #[test]
    fn a_cost_above_the_divided_burst_passes_from_idle_and_is_paid_off_in_full() {
        let effect = share(5).effect(Action::Take(10), 0, NOW);
        assert_eq!(granted(effect), Some(10));
        assert_eq!(effect.tat, NOW + 50 * UNIT);
        let next = share(5).effect(Action::Take(1), effect.tat, NOW);
        // 50 intervals ahead; 10 are tolerated, and 5 more are requested.
        assert_eq!(next.outcome, StoreOutcome::Exceeds { wait: 45 * UNIT });
        assert!(!share(5).is_too_far(effect.tat, NOW));
        assert_eq!(granted(share(5).effect(Action::Take(11), 0, NOW)), None, "a cost above the burst never passes");
    }

    #[test]
    fn up_to_gives_at_least_one_unit_of_a_divided_burst_to_an_idle_key() {
        assert_eq!(granted(share(5).effect(Action::TakeUpTo(9), 0, NOW)), Some(2));
        let one = share(50).effect(Action::TakeUpTo(9), 0, NOW);
        assert_eq!(granted(one), Some(1));
        let none = share(50).effect(Action::TakeUpTo(9), one.tat, NOW);
        assert_eq!((granted(none), none.tat), (Some(0), one.tat));
    }

    #[test]
    fn a_peek_after_other_takes_of_the_call_counts_them() {
        let share = share(1);
        let state = StoreOutcome::Conforms { until_idle: 6 * UNIT, granted: 0 };
        assert_eq!(share.peek(NOW + 6 * UNIT, NOW, 2 * UNIT, 2 * UNIT), state);
        assert_eq!(share.peek(NOW + 6 * UNIT, NOW, 3 * UNIT, 2 * UNIT), StoreOutcome::Exceeds { wait: UNIT });
    }

    #[test]
    fn huge_numbers_saturate() {
        let share = Share::new(Quota::new(1, std::time::Duration::from_secs(86_400)).unwrap().rule(), u32::MAX);
        assert_eq!(granted(share.effect(Action::Take(u32::MAX), 0, NOW)), None);
        assert_eq!(share.effect(Action::Charge(u32::MAX), 0, NOW).tat, NOW + share.rule.tolerance);
        assert_eq!(share.effect(Action::Refund(u32::MAX), NOW + 5, NOW).tat, NOW);
    }
}
