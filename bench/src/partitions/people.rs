//! Synthetic accounts, the same in every run. Regions come in random order, like sign-ups, and have the shares of a
//! Russian audience.

use account_partitions::RegionMap;
use contracts::ids::UserId;
use uuid::Uuid;

/// Age of the first account, ms.
const AGE_OF_FIRST: u64 = 3 * 365 * 24 * 3600 * 1000;
/// Regions with a known share of all, in thousandths.
const SHARES: [(&str, f64); 9] = [
    ("RU-MOW", 136.0),
    ("RU-MOS", 60.0),
    ("RU-SPE", 50.0),
    ("RU", 10.0),
    ("KZ", 40.0),
    ("BY", 30.0),
    ("UZ", 15.0),
    ("AM", 8.0),
    ("DE", 7.0),
];
/// The share of all other countries together.
const ABROAD: f64 = 30.0;
/// Further regions of Russia, larger ones first; the others follow by code.
const LARGE: [&str; 20] = [
    "RU-KDA", "RU-SVE", "RU-ROS", "RU-BA", "RU-TA", "RU-TYU", "RU-NIZ", "RU-CHE", "RU-SAM", "RU-DA", "RU-STA",
    "RU-NVS", "RU-KYA", "RU-PER", "RU-VOR", "RU-KEM", "RU-IRK", "RU-SAR", "RU-VGG", "RU-ALT",
];

/// One account.
#[derive(Debug, Clone, Copy)]
pub struct Person {
    /// Version 7, like ids of the service.
    pub id: Uuid,
    /// Index in [`People::regions`].
    region: u16,
    /// Cell in which the service places the account.
    pub cell: i16,
}

/// All accounts.
pub struct People {
    regions: Vec<String>,
    /// Oldest account first.
    pub persons: Vec<Person>,
}

impl People {
    /// `count` accounts as of `now` (ms since 1970), each in the cell of the service's own region map.
    pub fn make(count: usize, region_map: &RegionMap, now: u64) -> Self {
        let (regions, bounds) = regions(region_map);
        let person = |number: usize| {
            let (luck, noise) = (mix(number as u64), mix(number as u64 ^ 0xA5A5_0000_0000));
            let share = luck as f64 / u64::MAX as f64 * bounds.last().copied().unwrap_or(1.0);
            let region = bounds.partition_point(|bound| *bound < share).min(regions.len() - 1);
            let at = now - AGE_OF_FIRST + (AGE_OF_FIRST as f64 * number as f64 / count as f64) as u64;
            let mut random = [0; 10];
            random[..8].copy_from_slice(&noise.to_be_bytes());
            random[8..].copy_from_slice(&mix(noise).to_be_bytes()[..2]);
            let id = uuid::Builder::from_unix_timestamp_millis(at, &random).into_uuid();
            let cell = region_map.place(Some(&regions[region]), UserId(id)).number();
            Person { id, region: u16::try_from(region).unwrap_or(0), cell }
        };
        let persons = (0..count).map(person).collect();
        Self { regions, persons }
    }

    /// Region of an account.
    pub fn region(&self, person: Person) -> &str {
        &self.regions[usize::from(person.region)]
    }

    /// `count` different accounts, spread over all.
    pub fn some(&self, count: usize) -> Vec<(usize, Person)> {
        let total = self.persons.len();
        let step = (total / count).max(1);
        (0..count).map(|number| number * step % total).map(|number| (number, self.persons[number])).collect()
    }

    /// All accounts of a region.
    pub fn of_region(&self, code: &str) -> Vec<(usize, Person)> {
        let all = self.persons.iter().copied().enumerate();
        all.filter(|(_, person)| self.region(*person) == code).collect()
    }
}

/// E-mail of the account with this number.
pub fn email(number: usize) -> String {
    format!("{:08x}.{number}@example.org", mix(number as u64) >> 32)
}

/// Regions, and for each the sum of the shares up to it.
fn regions(region_map: &RegionMap) -> (Vec<String>, Vec<f64>) {
    let mut shares: Vec<(String, f64)> = SHARES.map(|(code, share)| (code.to_owned(), share)).into();
    let known = |code: &str| SHARES.iter().any(|(known, _)| *known == code);
    let (mut russian, foreign): (Vec<String>, Vec<String>) = region_map
        .regions
        .keys()
        .map(|code| code.as_str().to_owned())
        .filter(|code| !known(code))
        .partition(|code| code.starts_with("RU-"));
    russian.sort_by_key(|code| LARGE.iter().position(|large| large == code).unwrap_or(LARGE.len()));
    let left = 1000.0 - ABROAD - SHARES.iter().map(|(_, share)| share).sum::<f64>();
    let weights: Vec<f64> = (0..russian.len()).map(|rank| 1.0 / (rank as f64 + 15.0)).collect();
    let sum: f64 = weights.iter().sum();
    shares.extend(russian.into_iter().zip(weights).map(|(code, weight)| (code, left * weight / sum)));
    let each = ABROAD / foreign.len().max(1) as f64;
    shares.extend(foreign.into_iter().map(|code| (code, each)));
    let mut bound = 0.0;
    let bounds = shares.iter().map(|(_, share)| {
        bound += share;
        bound
    });
    let bounds = bounds.collect();
    (shares.into_iter().map(|(code, _)| code).collect(), bounds)
}

/// SplitMix64: pseudo-random numbers, the same in every run.
pub fn mix(mut bits: u64) -> u64 {
    bits = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
