//! A calendar month in UTC: the unit in which sign-in history is kept and dropped.

use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Utc};

/// A month of the years 1970 to 9999, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    /// Months since January of year 0.
    index: i32,
}

impl Month {
    const FIRST: i32 = 1970 * 12;
    const LAST: i32 = 9999 * 12 + 11;

    /// The month that `at` is in; `None` outside of the years 1970 to 9999.
    pub fn of(at: DateTime<Utc>) -> Option<Self> {
        let index = at.year().checked_mul(12)?.checked_add(i32::try_from(at.month0()).ok()?)?;
        (Self::FIRST..=Self::LAST).contains(&index).then_some(Self { index })
    }

    /// Reads what [`fmt::Display`] writes, such as `202611`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
        let (year, month): (i32, i32) = (text.get(..4)?.parse().ok()?, text.get(4..)?.parse().ok()?);
        let index = year * 12 + month - 1;
        let known = (1..=12).contains(&month) && (Self::FIRST..=Self::LAST).contains(&index);
        (digits && known).then_some(Self { index })
    }

    /// `months` later, or earlier when negative; stays within the years 1970 to 9999.
    #[must_use]
    pub fn plus(self, months: i32) -> Self {
        Self { index: self.index.saturating_add(months).clamp(Self::FIRST, Self::LAST) }
    }

    /// Number of months from `earlier` to this one; negative when `earlier` is the later one.
    pub fn since(self, earlier: Self) -> i32 {
        self.index - earlier.index
    }

    /// Its first instant.
    pub fn start(self) -> DateTime<Utc> {
        Self::midnight(self.index)
    }

    /// The first instant after it.
    pub fn end(self) -> DateTime<Utc> {
        Self::midnight(self.index + 1)
    }

    fn midnight(index: i32) -> DateTime<Utc> {
        let month = u32::try_from(index.rem_euclid(12)).unwrap_or(0) + 1;
        let first = NaiveDate::from_ymd_opt(index.div_euclid(12), month, 1).unwrap_or(NaiveDate::MAX);
        first.and_time(NaiveTime::MIN).and_utc()
    }
}

/// Year and month without anything between, as in the names of partitions.
impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}{:02}", self.index.div_euclid(12), self.index.rem_euclid(12) + 1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn month(text: &str) -> Month {
        Month::of(text.parse().unwrap()).unwrap()
    }

    #[test]
    fn the_last_instant_of_december_and_the_first_of_january_are_in_different_months() {
        assert_eq!(month("2026-12-31T23:59:59.999999Z").to_string(), "202612");
        assert_eq!(month("2027-01-01T00:00:00Z").to_string(), "202701");
        assert_eq!(month("2026-12-31T23:59:59Z").end(), month("2027-01-01T00:00:00Z").start());
    }

    #[test]
    fn a_time_zone_does_not_move_a_sign_in_to_another_month() {
        assert_eq!(month("2027-01-01T02:30:00+03:00").to_string(), "202612");
        assert_eq!(month("2026-12-31T22:30:00-08:00").to_string(), "202701");
    }

    #[test]
    fn the_leap_day_is_in_february() {
        let february = month("2028-02-29T23:59:59Z");
        assert_eq!(february.to_string(), "202802");
        assert_eq!((february.end() - february.start()).num_days(), 29);
    }

    #[test]
    fn invalid_months_are_not_parsed() {
        for text in ["", "202600", "202613", "20261", "2026-1", "+20261", "196912", "２０２６01"] {
            assert_eq!(Month::parse(text), None, "{text:?}");
        }
        assert_eq!(Month::parse("999912").map(|month| month.plus(5).to_string()).as_deref(), Some("999912"));
    }

    proptest! {
        #[test]
        fn months_follow_each_other_without_gap(index in Month::FIRST..Month::LAST) {
            let month = Month { index };
            prop_assert_eq!(month.end(), month.plus(1).start());
            prop_assert_eq!(Month::of(month.start()), Some(month));
            prop_assert_eq!(Month::parse(&month.to_string()), Some(month));
            prop_assert_eq!(month.plus(1).since(month), 1);
        }
    }
}
