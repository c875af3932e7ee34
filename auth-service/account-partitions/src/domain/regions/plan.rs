//! Regions, cells and age policies as described by a TOML file: the built-in one, or an operator's.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::age_policy::AgePolicy;
use super::region::{Country, RegionCode};
use super::region_map::RegionMap;
use crate::domain::cell::Cell;

/// Maximum number of cells of an installation, including the catch-all. Planning and locking were measured to stay
/// cheap up to this many partitions of `users`.
pub const MAX_CELLS: usize = 128;
/// The initial plan of every installation.
const BUILT_IN: &str = include_str!("regions.toml");
/// UTC offsets on Earth: UTC−12 to UTC+14.
const OFFSETS: std::ops::RangeInclusive<i16> = -12 * 60..=14 * 60;

/// Contents of a plan file. Regions, cells and policies that it does not name stay unchanged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Cells by number.
    pub cells: BTreeMap<Cell, PlannedCell>,
    /// Regions by code.
    pub regions: BTreeMap<RegionCode, PlannedRegion>,
    /// Whole policies by country.
    pub policies: BTreeMap<Country, AgePolicy>,
}

/// A cell of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedCell {
    /// The country of its users; [`Country::OTHER`] when there are several.
    pub country: Country,
    /// Label for operators.
    pub note: String,
}

/// A region of a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlannedRegion {
    /// The cells that accept its new accounts; `None` leaves them unchanged.
    pub cells: Option<Vec<Cell>>,
    /// Minutes east of UTC, of its westernmost part.
    pub utc_offset_minutes: Option<i16>,
}

/// Errors of a plan file.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// It is not TOML, or has unknown fields.
    #[error("the file cannot be read: {0}")]
    Syntax(#[from] toml::de::Error),
    /// An entry is not valid.
    #[error("{0}")]
    Entry(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    place: Vec<PlaceEntry>,
    #[serde(default)]
    clock: Vec<ClockEntry>,
    #[serde(default)]
    age_policy: Vec<AgePolicyEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlaceEntry {
    note: String,
    country: Option<String>,
    cells: Vec<i16>,
    regions: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockEntry {
    utc_offset: String,
    regions: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AgePolicyEntry {
    country: String,
    min_age: BTreeMap<String, u8>,
}

impl Plan {
    /// The built-in plan: the regions of Russia, other countries as one region each.
    ///
    /// # Errors
    /// None in practice; a test parses the file.
    pub fn built_in() -> Result<Self, PlanError> {
        Self::parse(BUILT_IN)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`PlanError`] with the invalid entry.
    pub fn parse(text: &str) -> Result<Self, PlanError> {
        let file: File = toml::from_str(text)?;
        let mut plan = Self::default();
        file.place.into_iter().try_for_each(|place| plan.add_place(place))?;
        file.clock.into_iter().try_for_each(|clock| plan.add_clock(&clock))?;
        file.age_policy.into_iter().try_for_each(|ages| plan.add_policy(&ages))?;
        Ok(plan)
    }

    /// A plan that moves a region to these cells.
    pub fn move_region(code: RegionCode, cells: Vec<Cell>) -> Self {
        let country = code.country();
        let planned = |cell: &Cell| (*cell, PlannedCell { country, note: code.to_string() });
        let planned_cells = cells.iter().map(planned).collect();
        let region = PlannedRegion { cells: Some(cells), utc_offset_minutes: None };
        Self { cells: planned_cells, regions: [(code, region)].into(), policies: BTreeMap::new() }
    }

    /// A plan with `more` additional cells for all regions that use `cell`. `None` when no region uses that cell.
    pub fn split_cell(
        region_map: &RegionMap,
        known: &BTreeMap<Cell, PlannedCell>,
        cell: Cell,
        more: usize,
    ) -> Option<Self> {
        let regions = region_map.regions.iter().filter(|(_, region)| region.open_cells.contains(&cell));
        let last = known.keys().next_back().copied().unwrap_or(cell).number();
        let new: Vec<Cell> =
            (1..=more).filter_map(|n| last.checked_add(i16::try_from(n).ok()?).map(Cell::new)).collect();
        let template = known.get(&cell)?;
        let mut plan = Self { cells: new.iter().map(|cell| (*cell, template.clone())).collect(), ..Self::default() };
        for (code, region) in regions {
            let cells = region.open_cells.iter().chain(&new).copied().collect();
            plan.regions.insert(code.clone(), PlannedRegion { cells: Some(cells), utc_offset_minutes: None });
        }
        (!plan.regions.is_empty() && new.len() == more).then_some(plan)
    }

    fn add_place(&mut self, place: PlaceEntry) -> Result<(), PlanError> {
        let PlaceEntry { note, country, cells, regions } = place;
        let invalid = |what: &str| Err(PlanError::Entry(format!("place {note:?}: {what}")));
        let country = match country.as_deref().map(Country::parse) {
            None => Country::OTHER,
            Some(Some(country)) => country,
            Some(None) => return invalid("country must be two capital letters"),
        };
        if cells.is_empty() || cells.len() >= MAX_CELLS || cells.iter().any(|cell| *cell < 1) {
            return invalid("cells must be 1 to 127 numbers from 1 to 32767; 0 is the catch-all");
        }
        let cells: BTreeSet<Cell> = cells.into_iter().map(Cell::new).collect();
        for cell in &cells {
            let planned = PlannedCell { country, note: note.clone() };
            if self.cells.insert(*cell, planned.clone()).is_some_and(|known| known != planned) {
                return invalid("one of its cells belongs to another place already");
            }
        }
        for code in regions {
            let Some(code) = RegionCode::parse(&code) else { return invalid(&format!("{code:?} is no ISO 3166 code")) };
            let region = self.regions.entry(code.clone()).or_default();
            if region.cells.replace(cells.iter().copied().collect()).is_some() {
                return invalid(&format!("{code} stands twice"));
            }
        }
        Ok(())
    }

    fn add_clock(&mut self, clock: &ClockEntry) -> Result<(), PlanError> {
        let minutes = parse_offset(&clock.utc_offset)
            .ok_or_else(|| PlanError::Entry(format!("utc_offset {:?} is not like +03:00", clock.utc_offset)))?;
        for code in &clock.regions {
            let known = RegionCode::parse(code)
                .ok_or_else(|| PlanError::Entry(format!("clock {}: {code:?} is no ISO 3166 code", clock.utc_offset)))?;
            if self.regions.entry(known).or_default().utc_offset_minutes.replace(minutes).is_some() {
                return Err(PlanError::Entry(format!("clock {}: {code} stands twice", clock.utc_offset)));
            }
        }
        Ok(())
    }

    fn add_policy(&mut self, ages: &AgePolicyEntry) -> Result<(), PlanError> {
        let invalid = |what: String| PlanError::Entry(format!("age_policy {}: {what}", ages.country));
        let country =
            Country::parse(&ages.country).ok_or_else(|| invalid("country must be two capital letters".into()))?;
        let mut policy = Vec::new();
        for (rating, age) in &ages.min_age {
            let known = rating.parse().ok().filter(|rating| contracts::movies::access::AGE_RATINGS.contains(rating));
            policy.push((known.ok_or_else(|| invalid(format!("{rating:?} is no rating (0, 6, 12, 16, 18)")))?, *age));
        }
        match self.policies.insert(country, AgePolicy::new(policy)) {
            Some(_) => Err(invalid("stands twice".into())),
            None => Ok(()),
        }
    }
}

/// Minutes of `+03:00` or `-09:30`.
fn parse_offset(text: &str) -> Option<i16> {
    let sign = match text.get(..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let two_digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    let whole = two_digits(hours) && two_digits(minutes);
    let (hours, minutes): (i16, i16) = (hours.parse().ok()?, minutes.parse().ok()?);
    let offset = sign * (hours * 60 + minutes);
    (whole && minutes < 60 && OFFSETS.contains(&offset)).then_some(offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> RegionCode {
        RegionCode::parse(text).unwrap()
    }

    #[test]
    fn the_built_in_plan_has_all_regions_of_russia_and_the_countries_of_the_world() {
        let plan = Plan::built_in().unwrap();
        let of_russia = |region: &&RegionCode| region.as_str().starts_with("RU-");
        assert_eq!(plan.regions.keys().filter(of_russia).count(), 83);
        assert_eq!(plan.regions.keys().filter(|region| region.as_str().len() == 2).count(), 249);
        assert!(plan.regions.values().all(|region| region.cells.is_some()));
        let russian = plan.regions.iter().filter(|(region, _)| region.country().as_str() == "RU");
        assert!(russian.clone().count() == 84 && russian.clone().all(|(_, known)| known.utc_offset_minutes.is_some()));
        assert!(plan.cells.len() < 32, "about two dozen partitions are enough to begin with");
        assert!(plan.policies.contains_key(&Country::OTHER));
    }

    #[test]
    fn a_file_names_places_clocks_and_ages() {
        let plan = Plan::parse(
            "[[place]]\nnote = \"Germany\"\ncountry = \"DE\"\ncells = [41, 40]\nregions = [\"DE\", \"DE-BE\"]\n\
             [[clock]]\nutc_offset = \"+01:00\"\nregions = [\"DE\", \"FR\"]\n\
             [[age_policy]]\ncountry = \"DE\"\nmin_age = { 0 = 0, 6 = 6, 12 = 12, 16 = 16, 18 = 18 }\n",
        )
        .unwrap();
        assert_eq!(plan.cells[&Cell::new(40)].country.as_str(), "DE");
        assert_eq!(plan.regions[&code("DE-BE")].cells, Some(vec![Cell::new(40), Cell::new(41)]));
        assert_eq!(plan.regions[&code("FR")], PlannedRegion { cells: None, utc_offset_minutes: Some(60) });
        assert_eq!(plan.policies[&Country::parse("DE").unwrap()], AgePolicy::as_rated());
    }

    #[test]
    fn an_invalid_entry_is_named_in_the_error() {
        let place = |rest: &str| format!("[[place]]\nnote = \"Nowhere\"\n{rest}");
        for (text, message) in [
            ("[[place]]".to_owned(), "note"),
            (place("cells = [0]\nregions = []"), "catch-all"),
            (place("cells = []\nregions = []"), "1 to 127"),
            (place("cells = [1]\nregions = [\"rus\"]"), "no ISO 3166 code"),
            (place("cells = [1]\nregions = [\"RU\", \"RU\"]"), "stands twice"),
            (place("country = \"Russia\"\ncells = [1]\nregions = []"), "two capital letters"),
            (place("cells = [70000]\nregions = []"), "70000"),
            ("[[clock]]\nutc_offset = \"3\"\nregions = []".into(), "not like +03:00"),
            ("[[clock]]\nutc_offset = \"+15:00\"\nregions = []".into(), "not like +03:00"),
            ("[[clock]]\nutc_offset = \"+03:00\"\nregions = [\"?\"]".into(), "no ISO 3166 code"),
            ("[[age_policy]]\ncountry = \"RU\"\nmin_age = { 7 = 7 }".into(), "no rating"),
            ("[[age_policy]]\ncountry = \"RU\"\nmin_age = { 6 = 700 }".into(), "700"),
            ("[[planet]]".into(), "planet"),
        ] {
            let error = Plan::parse(&text).unwrap_err().to_string();
            assert!(error.contains(message), "{message:?} is not in {error:?}");
        }
    }

    #[test]
    fn offsets_have_a_sign_and_two_digits_each() {
        assert_eq!(parse_offset("+03:00"), Some(180));
        assert_eq!(parse_offset("-09:30"), Some(-570));
        for text in ["", "+", "03:00", "+3:00", "+03:60", "-12:01", "+03:0x", "é3:00", "+-3:00"] {
            assert_eq!(parse_offset(text), None, "{text:?}");
        }
    }
}
