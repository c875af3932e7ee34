//! Localized times, in the time zone of the user's region, if known.

use account_partitions::RegionMap;
use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, TimeDelta, Timelike, Utc};

use super::texts::Texts;
use accounts::domain::{RegionCode, User};

/// Users of Russia as a whole get Moscow time, as on its railways; for ages its last time zone counts instead.
const RUSSIA: &str = "RU";
const MOSCOW: i16 = 180;

/// Time zone of a user.
#[derive(Debug, Clone, Copy)]
pub struct TimeZone {
    offset: TimeDelta,
}

/// Formatted instant.
pub struct FormattedTime {
    /// Value of the attribute `datetime`.
    pub machine: String,
    /// Localized text.
    pub text: String,
}

impl TimeZone {
    /// Time zone of the user's region; UTC when unknown.
    pub fn of(region_map: &RegionMap, user: &User) -> Self {
        let code = user.region.as_deref().and_then(RegionCode::parse);
        let offset = || code.and_then(|code| region_map.find(&code)?.1.utc_offset_minutes);
        let minutes = if user.region.as_deref() == Some(RUSSIA) { MOSCOW } else { offset().unwrap_or(0) };
        Self { offset: TimeDelta::minutes(i64::from(minutes)) }
    }

    /// Name, such as `UTC+3`.
    pub fn name(self) -> String {
        let minutes = self.offset.num_minutes();
        let (sign, hours, rest) = (if minutes < 0 { '−' } else { '+' }, minutes.abs() / 60, minutes.abs() % 60);
        match (hours, rest) {
            (0, 0) => "UTC".to_owned(),
            (hours, 0) => format!("UTC{sign}{hours}"),
            (hours, rest) => format!("UTC{sign}{hours}:{rest:02}"),
        }
    }

    /// Formats an instant.
    pub fn format(self, texts: &Texts, at: DateTime<Utc>) -> FormattedTime {
        let local = at + self.offset;
        let text = format!("{}, {:02}:{:02}", day(texts, local.date_naive()), local.hour(), local.minute());
        FormattedTime { machine: at.to_rfc3339_opts(SecondsFormat::Secs, true), text }
    }

    /// Formats the date of an instant.
    pub fn day(self, texts: &Texts, at: DateTime<Utc>) -> String {
        day(texts, (at + self.offset).date_naive())
    }
}

/// Formats a date.
pub fn day(texts: &Texts, day: NaiveDate) -> String {
    let month = texts.months.get(day.month0() as usize).copied().unwrap_or_default();
    format!("{} {month} {}", day.day(), day.year())
}

#[cfg(test)]
mod tests {
    use contracts::Language;

    use super::*;

    #[test]
    fn an_instant_is_formatted_in_the_time_zone_of_a_region() {
        let at = "2026-11-22T22:37:00Z".parse().unwrap();
        let time_zone = |minutes| TimeZone { offset: TimeDelta::minutes(minutes) };
        let (ru, en) = (Texts::of(Language::Ru), Texts::of(Language::En));
        assert_eq!(time_zone(0).format(en, at).text, "22 Nov 2026, 22:37");
        assert_eq!(time_zone(180).format(ru, at).text, "23 ноя 2026, 01:37");
        assert_eq!(time_zone(180).format(ru, at).machine, "2026-11-22T22:37:00Z");
        assert_eq!([time_zone(0), time_zone(180), time_zone(-210)].map(TimeZone::name), ["UTC", "UTC+3", "UTC−3:30"]);
    }
}
