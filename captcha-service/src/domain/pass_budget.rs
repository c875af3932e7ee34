//! Budget of passes of a network: right answers of a day, by picture or sound together. Readers solve any sum that
//! people can solve, so this number is what a network gets, whatever it reads with and however many devices it has.
//!
//! Passes are counted by hours of the clock. The current hour and the 24 before it count, so that no 24 hours in a row
//! have more than the budget; a pass counts for 24 to 25 hours.

use std::time::Duration;

use super::unix_millis::UnixMillis;

/// Hours before the current one that count.
pub const HOURS: u32 = 24;
/// Width of a count, in ms.
pub const HOUR_MS: u64 = 60 * 60 * 1000;
/// Share of the budget that spoken sums may use: templates read nearly all of them.
const SPOKEN_SHARE: u32 = 3;

/// Passes that a network may get in a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PassBudget(u32);

impl Default for PassBudget {
    /// Thirty: what one device may answer in a day.
    fn default() -> Self {
        Self(30)
    }
}

impl PassBudget {
    /// Of so many passes; at least one.
    pub fn new(passes: u32) -> Self {
        Self(passes.max(1))
    }

    /// Passes by picture or sound.
    pub fn passes(self) -> u32 {
        self.0
    }

    /// Passes by sound; they use up the others as well.
    pub fn spoken(self) -> u32 {
        self.0.div_ceil(SPOKEN_SHARE)
    }

    /// `true` when another pass is within the budget.
    pub fn admits(self, used: PassCounts, spoken: bool) -> bool {
        used.all < self.passes() && !(spoken && used.spoken >= self.spoken())
    }

    /// Time until the next pass; `None` when there is one now.
    pub fn wait(self, used: PassCounts, spoken: bool, now: UnixMillis) -> Option<Duration> {
        if self.admits(used, spoken) {
            return None;
        }
        let free = if used.all >= self.passes() { used.all_from } else { used.spoken_from };
        Some(now.until(free))
    }
}

/// Counted passes of a network.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PassCounts {
    /// By picture or sound.
    pub all: u32,
    /// By sound.
    pub spoken: u32,
    /// Time at which the oldest of `all` count no more.
    pub all_from: UnixMillis,
    /// Time at which the oldest of `spoken` count no more.
    pub spoken_from: UnixMillis,
}

impl PassCounts {
    /// The higher one of each: replicas count in the shared store and each in its process.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        let all = if self.all >= other.all { self } else { other };
        let spoken = if self.spoken >= other.spoken { self } else { other };
        Self { all: all.all, spoken: spoken.spoken, all_from: all.all_from, spoken_from: spoken.spoken_from }
    }
}

/// Passes of a network by hour, the oldest first; at most 25 hours.
#[derive(Debug, Default)]
pub(super) struct PassLog(Vec<HourOfPasses>);

#[derive(Debug, Clone, Copy)]
struct HourOfPasses {
    hour: u32,
    all: u32,
    spoken: u32,
}

impl PassLog {
    pub fn count(&mut self, spoken: bool, now: UnixMillis) {
        // A clock that goes back counts in the latest hour: nothing is forgotten early.
        let hour = self.0.last().map_or(0, |last| last.hour).max(hour(now));
        if self.0.last().is_none_or(|last| last.hour < hour) {
            self.0.push(HourOfPasses { hour, all: 0, spoken: 0 });
        }
        if let Some(last) = self.0.last_mut() {
            last.all = last.all.saturating_add(1);
            last.spoken = last.spoken.saturating_add(u32::from(spoken));
        }
    }

    /// Forgets hours that count no more, and sums up the others.
    pub fn counts(&mut self, now: UnixMillis) -> PassCounts {
        self.0.retain(|passes| passes.hour + HOURS >= hour(now));
        let sum = |of: fn(&HourOfPasses) -> u32| self.0.iter().map(of).fold(0, u32::saturating_add);
        let oldest = |is: fn(&HourOfPasses) -> bool| {
            self.0.iter().find(|passes| is(passes)).map_or(UnixMillis::default(), |passes| forgotten_at(passes.hour))
        };
        PassCounts {
            all: sum(|passes| passes.all),
            spoken: sum(|passes| passes.spoken),
            all_from: oldest(|passes| passes.all > 0),
            spoken_from: oldest(|passes| passes.spoken > 0),
        }
    }

    pub fn is_empty(&self, now: UnixMillis) -> bool {
        self.0.iter().all(|passes| passes.hour + HOURS < hour(now))
    }
}

/// Time from which passes of this hour count no more.
pub fn forgotten_at(hour: u32) -> UnixMillis {
    UnixMillis::from_millis((u64::from(hour) + u64::from(HOURS) + 1) * HOUR_MS)
}

fn hour(now: UnixMillis) -> u32 {
    u32::try_from(now.millis() / HOUR_MS).unwrap_or(u32::MAX - HOURS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: u64 = 500_000 * HOUR_MS;

    fn at(minutes: u64) -> UnixMillis {
        UnixMillis::from_millis(START + minutes * 60_000)
    }

    #[test]
    fn a_pass_counts_for_a_day_and_at_most_an_hour_more() {
        let mut log = PassLog::default();
        log.count(false, at(0));
        log.count(true, at(59));
        log.count(true, at(60));
        let counts = log.counts(at(24 * 60 + 59));
        assert_eq!((counts.all, counts.spoken, counts.all_from), (3, 2, at(25 * 60)));
        let counts = log.counts(at(25 * 60));
        assert_eq!((counts.all, counts.spoken, counts.spoken_from), (1, 1, at(26 * 60)));
        assert!(!log.is_empty(at(26 * 60 - 1)) && log.is_empty(at(26 * 60)));
    }

    #[test]
    fn the_log_of_a_network_is_bounded_and_survives_a_clock_that_goes_back() {
        let mut log = PassLog::default();
        for hour in 0..1000 {
            log.count(false, at(hour * 60));
            log.counts(at(hour * 60));
        }
        assert_eq!(log.0.len(), 25);
        log.count(false, at(0));
        assert_eq!(log.counts(at(999 * 60)).all, 26);
    }

    #[test]
    fn a_third_of_the_budget_may_be_spoken() {
        let budget = PassBudget::new(30);
        let used = |all, spoken| PassCounts { all, spoken, all_from: at(90), spoken_from: at(60) };
        assert_eq!((budget.passes(), budget.spoken(), PassBudget::new(0).passes()), (30, 10, 1));
        assert_eq!(budget.wait(used(29, 9), true, at(0)), None);
        assert_eq!(budget.wait(used(29, 10), false, at(0)), None);
        assert_eq!(budget.wait(used(29, 10), true, at(0)), Some(Duration::from_secs(3600)));
        assert_eq!(budget.wait(used(30, 10), false, at(0)), Some(Duration::from_secs(5400)));
    }
}
