//! The region map of an installation: cell of a new account, local date, and age limit of a user.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use contracts::ids::UserId;

use super::age_policy::AgePolicy;
use super::region::{Country, RegionCode};
use crate::domain::cell::Cell;

/// UTC offset where each day begins last (UTC−12). Used when the time zone of a region is unknown, so that no one
/// reaches an age limit a day early.
const FALLBACK_OFFSET: i16 = -12 * 60;

/// Settings of a region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// Cells that take new accounts, lowest number first.
    pub open_cells: Vec<Cell>,
    /// Cells that may still have accounts but accept no new ones.
    pub closed_cells: Vec<Cell>,
    /// Minutes east of UTC, of its westernmost part.
    pub utc_offset_minutes: Option<i16>,
}

/// The regions, cells and age policies of an installation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RegionMap {
    /// Regions by code.
    pub regions: BTreeMap<RegionCode, Region>,
    /// Age policies by country.
    pub policies: HashMap<Country, AgePolicy>,
}

impl RegionMap {
    /// Finds a region, or else its country as a whole.
    pub fn find(&self, code: &RegionCode) -> Option<(&RegionCode, &Region)> {
        self.regions
            .get_key_value(code)
            .or_else(|| self.regions.get_key_value(&RegionCode::parse(code.country().as_str())?))
    }

    /// The cell of a new account with this id in `region`; [`Cell::UNPLACED`] when the region is unknown.
    ///
    /// The region decides the possible cells. Among them the cell with the highest hash of cell and id wins ("highest
    /// random weight", Thaler and Ravishankar 1998): a new cell takes its share from the others, and no account moves
    /// between those.
    pub fn place(&self, region: Option<&str>, id: UserId) -> Cell {
        let code = region.and_then(RegionCode::parse);
        let region = code.as_ref().and_then(|code| self.find(code)).map(|(_, region)| region);
        let weight = |cell: &Cell| mix(id.0.as_u64_pair().1 ^ mix(u64::from(cell.number().unsigned_abs())));
        region.and_then(|region| region.open_cells.iter().copied().max_by_key(weight)).unwrap_or(Cell::UNPLACED)
    }

    /// The current date in `region`, at UTC−12 when its offset is unknown.
    pub fn today(&self, region: Option<&str>, now: DateTime<Utc>) -> NaiveDate {
        let offset = region
            .and_then(RegionCode::parse)
            .and_then(|code| self.find(&code)?.1.utc_offset_minutes)
            .unwrap_or(FALLBACK_OFFSET);
        (now + TimeDelta::minutes(i64::from(offset))).date_naive()
    }

    /// The highest age rating allowed at this age in `region`, by the policy of its country.
    pub fn age_limit(&self, region: Option<&str>, age: u8) -> u8 {
        let country = region.and_then(RegionCode::parse).map_or(Country::OTHER, |code| code.country());
        let policy = self.policies.get(&country).or_else(|| self.policies.get(&Country::OTHER));
        policy.map_or(0, |policy| policy.limit(age))
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): every bit of the input changes half of the output's.
fn mix(mut bits: u64) -> u64 {
    bits = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(cells: &[i16], utc_offset_minutes: Option<i16>) -> Region {
        Region {
            open_cells: cells.iter().copied().map(Cell::new).collect(),
            closed_cells: Vec::new(),
            utc_offset_minutes,
        }
    }

    fn region_map() -> RegionMap {
        let regions = [
            ("RU-MOW", region(&[1, 2, 3, 4], Some(180))),
            ("RU-KAM", region(&[19], Some(720))),
            ("KZ", region(&[21], Some(300))),
            ("US", region(&[27], None)),
        ];
        let regions = regions.map(|(code, region)| (RegionCode::parse(code).unwrap(), region)).into();
        let other = [(Country::OTHER, AgePolicy::as_rated())].into();
        RegionMap { regions, policies: other }
    }

    #[test]
    fn a_region_with_several_cells_fills_them_evenly() {
        let region_map = region_map();
        let mut counts = HashMap::new();
        for _ in 0..8_000 {
            *counts.entry(region_map.place(Some("RU-MOW"), UserId::new())).or_insert(0_u32) += 1;
        }
        assert_eq!(counts.len(), 4);
        assert!(counts.values().all(|count| (1_700..2_300).contains(count)), "{counts:?}");
    }

    #[test]
    fn a_new_cell_takes_its_share_and_no_account_moves_between_the_others() {
        let (before, mut after) = (region_map(), region_map());
        after.regions.insert(RegionCode::parse("RU-MOW").unwrap(), region(&[1, 2, 3, 4, 30], Some(180)));
        let mut moved = 0;
        for _ in 0..5_000 {
            let id = UserId::new();
            let (old, new) = (before.place(Some("RU-MOW"), id), after.place(Some("RU-MOW"), id));
            assert!(old == new || new == Cell::new(30));
            moved += u32::from(old != new);
        }
        assert!((800..1_200).contains(&moved), "{moved}");
    }

    #[test]
    fn an_unknown_region_gets_the_catch_all_cell() {
        for region in [None, Some("QQ-XXX"), Some("QQ"), Some("nonsense"), Some("")] {
            assert_eq!(region_map().place(region, UserId::new()), Cell::UNPLACED, "{region:?}");
        }
    }

    #[test]
    fn a_part_of_a_country_with_one_region_belongs_to_it() {
        assert_eq!(region_map().place(Some("KZ-ALA"), UserId::new()), Cell::new(21));
        assert_eq!(region_map().age_limit(Some("KZ-ALA"), 12), 12);
    }

    #[test]
    fn a_day_begins_at_the_midnight_of_the_region_and_never_too_early() {
        let today = |region, now: &str| region_map().today(region, now.parse().unwrap()).to_string();
        // Midnight in Kamchatka is noon UTC on the day before.
        assert_eq!(today(Some("RU-KAM"), "2026-11-24T11:59:59Z"), "2026-11-24");
        assert_eq!(today(Some("RU-KAM"), "2026-11-24T12:00:00Z"), "2026-11-25");
        for unknown in [None, Some("US-CA"), Some("QQ")] {
            assert_eq!(today(unknown, "2026-11-25T11:59:59Z"), "2026-11-24");
            assert_eq!(today(unknown, "2026-11-25T12:00:00Z"), "2026-11-25");
        }
    }

    #[test]
    fn without_a_policy_the_age_limit_is_0() {
        assert_eq!(RegionMap::default().age_limit(Some("RU-MOW"), 40), 0);
    }
}
