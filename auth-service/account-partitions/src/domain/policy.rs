//! Retention of sign-ins, and the number of partitions created ahead.

use std::ops::RangeInclusive;

use chrono::{DateTime, Utc};

use super::month::Month;

/// Allowed number of months created beyond the current one.
pub const MONTHS_AHEAD: RangeInclusive<i32> = 1..=24;
/// Allowed number of full months kept before the current one.
pub const MONTHS_KEPT: RangeInclusive<i32> = 1..=120;

/// The months of sign-ins that must exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaintenancePolicy {
    ahead: i32,
    kept: i32,
}

impl Default for MaintenancePolicy {
    /// Three months ahead, thirteen kept: a whole year, and the month in which questions about it arise.
    fn default() -> Self {
        Self { ahead: 3, kept: 13 }
    }
}

impl MaintenancePolicy {
    /// Makes `ahead` months beyond the current one, keeps `kept` full months before it; numbers outside of
    /// [`MONTHS_AHEAD`] and [`MONTHS_KEPT`] become the nearest ones inside.
    pub fn new(ahead: i32, kept: i32) -> Self {
        Self {
            ahead: ahead.clamp(*MONTHS_AHEAD.start(), *MONTHS_AHEAD.end()),
            kept: kept.clamp(*MONTHS_KEPT.start(), *MONTHS_KEPT.end()),
        }
    }

    /// The months that need a partition, the current one first; none when `now` is outside of all months.
    pub fn window(self, now: DateTime<Utc>) -> impl Iterator<Item = Month> {
        Month::of(now).into_iter().flat_map(move |first| (0..=self.ahead).map(move |ahead| first.plus(ahead)))
    }

    /// The oldest month that is kept. Everything that ended before it began has expired.
    pub fn first_kept(self, now: DateTime<Utc>) -> Option<Month> {
        Month::of(now).map(|current| current.plus(-self.kept))
    }

    /// `true` when all of `month` is older than the retention.
    pub fn has_expired(self, month: Month, now: DateTime<Utc>) -> bool {
        self.first_kept(now).is_some_and(|first| month.end() <= first.start())
    }

    /// `true` when `month` lies farther ahead than any policy would create it: a clock was wrong.
    pub fn is_stray(month: Month, now: DateTime<Utc>) -> bool {
        Month::of(now).is_some_and(|current| month.since(current) > *MONTHS_AHEAD.end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn month(text: &str) -> Month {
        Month::parse(text).unwrap()
    }

    #[test]
    fn the_window_goes_over_the_end_of_the_year() {
        let window: Vec<_> = MaintenancePolicy::default().window(at("2026-12-31T23:59:59Z")).collect();
        assert_eq!(window, ["202612", "202701", "202702", "202703"].map(month));
        let window: Vec<_> = MaintenancePolicy::new(1, 1).window(at("2027-01-01T00:00:00Z")).collect();
        assert_eq!(window, ["202701", "202702"].map(month));
    }

    #[test]
    fn a_month_expires_with_its_last_instant_and_the_next_one_does_not() {
        let policy = MaintenancePolicy::new(3, 13);
        let now = at("2026-11-25T15:00:00Z");
        assert!(policy.has_expired(month("202509"), now));
        assert!(!policy.has_expired(month("202510"), now));
        assert!(!policy.has_expired(month("202509"), at("2026-10-31T23:59:59Z")), "not an instant too early");
        assert!(policy.has_expired(month("202509"), at("2026-11-01T00:00:00Z")));
    }

    #[test]
    fn numbers_out_of_bounds_become_the_nearest_ones() {
        assert_eq!(MaintenancePolicy::new(0, 0), MaintenancePolicy::new(1, 1));
        assert_eq!(MaintenancePolicy::new(i32::MAX, i32::MAX), MaintenancePolicy::new(24, 120));
    }
}
