//! Birth date, and the age that follows from it.

use chrono::{Datelike, NaiveDate};

/// The earliest accepted year of birth.
const FIRST_YEAR: i32 = 1900;

/// A plausible birth date: not before 1900 and not in the future when it was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BirthDate(NaiveDate);

/// The date cannot be the birth date of a living user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a day of birth lies between 1900 and today")]
pub struct InvalidBirthDate;

impl BirthDate {
    /// Validates a birth date against `today`, the date at the user's region.
    ///
    /// # Errors
    /// [`InvalidBirthDate`] for a day before 1900 or after `today`.
    pub fn new(day: NaiveDate, today: NaiveDate) -> Result<Self, InvalidBirthDate> {
        if day.year() < FIRST_YEAR || day > today { Err(InvalidBirthDate) } else { Ok(Self(day)) }
    }

    /// A date that was validated before it was stored.
    pub const fn stored(day: NaiveDate) -> Self {
        Self(day)
    }

    /// The day.
    pub const fn day(self) -> NaiveDate {
        self.0
    }

    /// Full years on day `today`. Users born on 29 February turn a year older on 1 March of a common year.
    pub fn age_on(self, today: NaiveDate) -> u8 {
        let had_birthday = (today.month(), today.day()) >= (self.0.month(), self.0.day());
        let years = today.year() - self.0.year() - i32::from(!had_birthday);
        u8::try_from(years.max(0)).unwrap_or(u8::MAX)
    }
}

#[cfg(test)]
mod tests {
    use account_partitions::{Region, RegionCode, RegionMap};

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_age_changes_on_the_birthday() {
        let born = BirthDate::new(day("2008-11-22"), day("2026-01-01")).unwrap();
        assert_eq!(born.age_on(day("2026-11-21")), 17);
        assert_eq!(born.age_on(day("2026-11-22")), 18);
    }

    #[test]
    fn a_birthday_on_the_leap_day_is_on_the_first_of_march_in_common_years() {
        let born = BirthDate::new(day("2008-02-29"), day("2026-01-01")).unwrap();
        assert_eq!(born.age_on(day("2026-02-28")), 17);
        assert_eq!(born.age_on(day("2026-03-01")), 18);
    }

    #[test]
    fn a_birthday_comes_with_the_midnight_of_the_region_and_never_too_early() {
        let region = |code, utc_offset_minutes| {
            let region = Region { open_cells: Vec::new(), closed_cells: Vec::new(), utc_offset_minutes };
            (RegionCode::parse(code).unwrap(), region)
        };
        let regions = [region("RU-MOW", Some(180)), region("RU-KAM", Some(720)), region("US", None)].into();
        let region_map = RegionMap { regions, ..RegionMap::default() };
        let born = BirthDate::stored(day("2008-11-25"));
        let age = |region, now: &str| born.age_on(region_map.today(region, now.parse().unwrap()));
        // Midnight in Kamchatka is noon UTC on the day before.
        assert_eq!(age(Some("RU-KAM"), "2026-11-24T11:59:59Z"), 17);
        assert_eq!(age(Some("RU-KAM"), "2026-11-24T12:00:00Z"), 18);
        assert_eq!(age(Some("RU-MOW"), "2026-11-24T20:59:59Z"), 17);
        assert_eq!(age(Some("RU-MOW"), "2026-11-24T21:00:00Z"), 18);
        for unknown in [None, Some("US-CA"), Some("QQ")] {
            assert_eq!(age(unknown, "2026-11-25T11:59:59Z"), 17);
            assert_eq!(age(unknown, "2026-11-25T12:00:00Z"), 18);
        }
    }

    #[test]
    fn a_day_of_birth_lies_between_1900_and_today() {
        let today = day("2026-11-22");
        assert!(BirthDate::new(day("1899-12-31"), today).is_err());
        assert!(BirthDate::new(day("1900-01-01"), today).is_ok());
        assert!(BirthDate::new(today, today).is_ok());
        assert!(BirthDate::new(day("2026-11-23"), today).is_err());
    }
}
