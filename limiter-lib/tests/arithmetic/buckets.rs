//! Long runs of decisions against two buckets.
//!
//! * One by the rounded interval, which must decide the same, clock steps back included.
//! * One by the quota as written, in fractions of a token, which must always cover an admission.

use limiter_lib::{
    Quota,
    gcra::{Rule, Step},
};
use proptest::{collection::vec, prelude::*};

use crate::{NOW, quotas};

/// A bucket that holds `burst` tokens of `token` parts and gets `flow` parts each tick.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    level: u128,
    /// Overflow since the last token was taken: a clock that steps back removes it first.
    over: u128,
    capacity: u128,
    token: u128,
    flow: u128,
}

impl Bucket {
    fn new(burst: u32, token: u128, flow: u128) -> Self {
        let capacity = u128::from(burst) * token;
        // Initially full for a long time.
        Self { level: capacity, over: u128::MAX / 2, capacity, token, flow }
    }

    /// A bucket by whole ticks between two tokens.
    fn rounded(quota: Quota, interval: u64) -> Self {
        Self::new(quota.burst(), u128::from(interval), 1)
    }

    /// A bucket by the quota itself. A tick is 62.5 ns, so `units` in `per` bring `62.5 * units / per` tokens each
    /// tick: with tokens of `2 * per` parts, in nanoseconds, that is `125 * units` parts.
    fn exact(quota: Quota) -> Self {
        Self::new(quota.burst(), 2 * quota.per().as_nanos(), 125 * u128::from(quota.units()))
    }

    /// Fills the bucket as time passes; empties it as the clock steps back.
    fn pass(&mut self, ticks: i64) {
        let parts = u128::from(ticks.unsigned_abs()) * self.flow;
        if ticks < 0 {
            let beyond = parts.saturating_sub(self.over);
            self.over -= parts - beyond;
            self.level = self.level.saturating_sub(beyond);
        } else {
            let room = self.capacity - self.level;
            self.over += parts.saturating_sub(room);
            self.level += parts.min(room);
        }
    }

    fn take(&mut self, cost: u32) -> bool {
        let parts = u128::from(cost) * self.token;
        let enough = parts <= self.level;
        if enough {
            self.level -= parts;
            self.over = 0;
        }
        enough
    }

    fn whole_tokens(&self) -> u128 {
        self.level / self.token
    }

    /// Ticks until `cost` tokens are available.
    fn wait(&self, cost: u32) -> u128 {
        (u128::from(cost) * self.token).saturating_sub(self.level).div_ceil(self.flow)
    }

    fn until_full(&self) -> u128 {
        (self.capacity - self.level).div_ceil(self.flow)
    }
}

/// One step of a run: random numbers, scaled by the quota.
#[derive(Debug, Clone, Copy)]
struct Turn {
    step: Span,
    part: u64,
    cost: u64,
}

#[derive(Debug, Clone, Copy)]
enum Span {
    None,
    Tick,
    Interval,
    Burst,
    Back,
}

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let spans = prop_oneof![
        3 => Just(Span::None),
        1 => Just(Span::Tick),
        4 => Just(Span::Interval),
        2 => Just(Span::Burst),
        1 => Just(Span::Back),
    ];
    vec((spans, any::<u64>(), any::<u64>()).prop_map(|(step, part, cost)| Turn { step, part, cost }), 1..200)
}

impl Turn {
    /// The movement of the clock.
    fn ticks(self, rule: Rule) -> i64 {
        let up_to = |most: u64| (self.part % most.saturating_add(1)) as i64;
        match self.step {
            Span::None => 0,
            Span::Tick => 1,
            Span::Interval => up_to(rule.interval * 2),
            Span::Burst => up_to(rule.tolerance),
            Span::Back => -up_to(rule.tolerance.min(NOW / 1_000)),
        }
    }

    fn cost(self, burst: u32) -> u32 {
        let most = if self.cost.is_multiple_of(4) { burst } else { burst.min(3) };
        1 + (self.cost / 4 % u64::from(most)) as u32
    }
}

/// The key of a run: its stored state, and the clock.
struct Run {
    rule: Rule,
    tat: u64,
    now: u64,
}

impl Run {
    fn new(quota: Quota) -> Self {
        Self { rule: quota.rule(), tat: 0, now: NOW }
    }

    fn pass(&mut self, ticks: i64) {
        self.now = self.now.saturating_add_signed(ticks);
    }

    /// `Err` is the time to wait.
    fn take(&mut self, cost: u32) -> Result<(), u64> {
        match self.rule.decide(self.tat, self.now, self.rule.interval * u64::from(cost)) {
            Step::Conforms { tat } => {
                self.tat = tat;
                Ok(())
            }
            Step::Exceeds { wait, tat } => {
                self.tat = tat;
                Err(wait)
            }
        }
    }

    fn until_idle(&self) -> u64 {
        self.tat.max(self.now) - self.now
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn decisions_are_those_of_a_bucket_with_the_rounded_interval(quota in quotas(), turns in turns()) {
        let mut run = Run::new(quota);
        let mut bucket = Bucket::rounded(quota, run.rule.interval);
        for turn in turns {
            let (ticks, cost) = (turn.ticks(run.rule), turn.cost(quota.burst()));
            run.pass(ticks);
            bucket.pass(ticks);
            let wait = bucket.wait(cost);
            let decided = run.take(cost).map_err(u128::from);
            prop_assert_eq!(decided, if bucket.take(cost) { Ok(()) } else { Err(wait) });
            prop_assert_eq!(u128::from(run.rule.remaining(run.until_idle())), bucket.whole_tokens());
            prop_assert_eq!(u128::from(run.until_idle()), bucket.until_full());
        }
    }

    #[test]
    fn nothing_is_admitted_that_the_quota_as_written_would_not_admit(quota in quotas(), turns in turns()) {
        let mut run = Run::new(quota);
        let mut bucket = Bucket::exact(quota);
        for turn in turns {
            let (ticks, cost) = (turn.ticks(run.rule).abs(), turn.cost(quota.burst()));
            run.pass(ticks);
            bucket.pass(ticks);
            if run.take(cost).is_ok() {
                prop_assert!(bucket.take(cost), "{cost} admitted with {} tokens", bucket.whole_tokens());
            }
        }
    }

    #[test]
    fn an_interval_is_at_most_one_tick_too_long(quota in quotas()) {
        let exact = Bucket::exact(quota);
        let interval = u128::from(quota.rule().interval);
        prop_assert!(interval * exact.flow >= exact.token);
        prop_assert!((interval - 1) * exact.flow < exact.token);
    }

    #[test]
    fn a_clock_that_steps_back_costs_at_most_the_remaining_units(quota in quotas(), back in 1..NOW / 2, seconds in 1..1_000_u64) {
        let mut run = Run::new(quota);
        prop_assert_eq!(run.take(quota.burst()), Ok(()));
        run.now -= back;
        prop_assert_eq!(run.take(1), Err(run.rule.interval), "as if all units had been used just now");
        // The correction was stored, so the rate continues by the new time.
        run.now += run.rule.interval;
        prop_assert_eq!(run.take(1), Ok(()));
        run.now += seconds;
        prop_assert!(run.until_idle() <= run.rule.tolerance);
    }
}
