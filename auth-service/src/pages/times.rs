//! Localized times in the time zone of the reader: the one chosen in this browser, else that of the account's region, else
//! that of the region of the client's address, else UTC.

use account_page_texts::Texts;
use account_partitions::RegionMap;
use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, TimeDelta, Timelike, Utc};

use accounts::{ClientLocation, RegionCode};

/// Users of Russia as a whole get Moscow time, as on its railways; for ages its last time zone counts instead.
const RUSSIA: &str = "RU";
const MOSCOW: i16 = 180;

/// Offsets from UTC in use on Earth, in minutes, west to east.
const OFFSETS: [i16; 38] = [
    -720, -660, -600, -570, -540, -480, -420, -360, -300, -240, -210, -180, -150, -120, -60, 0, 60, 120, 180, 210, 240,
    270, 300, 330, 345, 360, 390, 420, 480, 525, 540, 570, 600, 630, 660, 720, 780, 840,
];

/// Time zone of a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeZone {
    offset: TimeDelta,
}

/// A time zone to choose.
pub struct ZoneChoice {
    /// Value of the form field and of the cookie: minutes east of UTC.
    pub value: String,
    /// Its name and its present time.
    pub label: String,
}

/// Formatted instant.
pub struct FormattedTime {
    /// Value of the attribute `datetime`.
    pub machine: String,
    /// Localized text.
    pub text: String,
}

impl TimeZone {
    /// Time zone of a reader who has `chosen` one, or lives in a region, or comes from one.
    pub fn of_reader(
        chosen: Option<Self>,
        region_map: &RegionMap,
        region: Option<&str>,
        client: &ClientLocation,
    ) -> Self {
        let home = region.and_then(RegionCode::parse);
        let known =
            || [home.as_ref(), client.region.as_ref()].into_iter().flatten().find_map(|code| of(region_map, code));
        chosen.or_else(known).unwrap_or(Self { offset: TimeDelta::zero() })
    }

    /// The chosen zone of a form field or a cookie; `None` for anything but an offset in use.
    pub fn parse(text: &str) -> Option<Self> {
        let minutes = text.parse().ok().filter(|minutes| OFFSETS.contains(minutes))?;
        Some(Self::minutes(minutes))
    }

    /// All zones, named for a reader at `now`: the one whose time a clock on the wall shows is easily found.
    pub fn choices(now: DateTime<Utc>) -> Vec<ZoneChoice> {
        let choice = |minutes: &i16| {
            let (zone, local) = (Self::minutes(*minutes), now + TimeDelta::minutes(i64::from(*minutes)));
            let label = format!("{:02}:{:02} ({})", local.hour(), local.minute(), zone.name());
            ZoneChoice { value: minutes.to_string(), label }
        };
        OFFSETS.iter().map(choice).collect()
    }

    /// Value of its form field and of its cookie.
    pub fn value(self) -> String {
        self.offset.num_minutes().to_string()
    }

    fn minutes(minutes: i16) -> Self {
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

/// Time zone of a region, if its clock is known.
fn of(region_map: &RegionMap, code: &RegionCode) -> Option<TimeZone> {
    if code.as_str() == RUSSIA {
        return Some(TimeZone::minutes(MOSCOW));
    }
    region_map.find(code)?.1.utc_offset_minutes.map(TimeZone::minutes)
}

/// Formats a date.
pub fn day(texts: &Texts, day: NaiveDate) -> String {
    let month = texts.months.get(day.month0() as usize).copied().unwrap_or_default();
    format!("{} {month} {}", day.day(), day.year())
}

#[cfg(test)]
mod tests {
    use account_partitions::Region;
    use contracts::Language;

    use super::*;

    #[test]
    fn a_chosen_zone_beats_that_of_the_account_and_this_that_of_the_address() {
        let region = |code, utc_offset_minutes| {
            let region = Region { open_cells: Vec::new(), closed_cells: Vec::new(), utc_offset_minutes };
            (RegionCode::parse(code).unwrap(), region)
        };
        let regions = [region("RU-KAM", Some(720)), region("US", None)].into();
        let map = RegionMap { regions, ..RegionMap::default() };
        let client = |code: &str| ClientLocation { region: RegionCode::parse(code), ..ClientLocation::default() };
        let name = |chosen: Option<&str>, region, address| {
            TimeZone::of_reader(chosen.and_then(TimeZone::parse), &map, region, &client(address)).name()
        };
        assert_eq!(name(Some("330"), Some("RU-KAM"), "RU"), "UTC+5:30");
        assert_eq!(name(None, Some("RU-KAM"), "RU"), "UTC+12");
        assert_eq!(name(None, Some("US"), "RU"), "UTC+3", "a country of several clocks says nothing");
        assert_eq!(name(None, None, "RU"), "UTC+3");
        assert_eq!(name(None, None, ""), "UTC");
    }

    #[test]
    fn only_offsets_in_use_are_zones_and_each_shows_its_time() {
        for bad in ["", "1", "61", "99999", "-0180x", " 180", "1e2"] {
            assert_eq!(TimeZone::parse(bad), None, "{bad}");
        }
        let choices = TimeZone::choices("2026-11-22T22:37:00Z".parse().unwrap());
        assert!(
            choices
                .iter()
                .all(|choice| TimeZone::parse(&choice.value).is_some_and(|zone| zone.value() == choice.value))
        );
        assert!(choices.iter().any(|choice| choice.value == "180" && choice.label == "01:37 (UTC+3)"));
    }

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
