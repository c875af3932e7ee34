//! Codes of regions and countries.

use std::fmt;

/// A region as users give it: ISO 3166-2 such as `RU-MOW`, or a whole country by ISO 3166-1 such as `KZ`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegionCode(String);

/// A country: two letters of ISO 3166-1. [`Country::OTHER`] stands for all that have no entry of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

impl RegionCode {
    /// Reads a code: two capital letters, and optionally a hyphen with one to three capital letters or digits.
    /// Existence is checked by the [`RegionMap`](super::RegionMap) only.
    pub fn parse(text: &str) -> Option<Self> {
        let (country, part) = text.split_once('-').map_or((text, None), |(country, part)| (country, Some(part)));
        let known = Country::parse(country).is_some();
        let plain = part.is_none_or(|part| {
            (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        });
        (known && plain).then(|| Self(text.to_owned()))
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The country it is in.
    pub fn country(&self) -> Country {
        Country::parse(&self.0[..2]).unwrap_or(Country::OTHER)
    }
}

impl Country {
    /// "ZZ", reserved for users by ISO 3166-1: any country.
    pub const OTHER: Self = Self(*b"ZZ");

    /// Reads two capital letters.
    pub fn parse(text: &str) -> Option<Self> {
        let letters: [u8; 2] = text.as_bytes().try_into().ok()?;
        letters.iter().all(u8::is_ascii_uppercase).then_some(Self(letters))
    }

    /// The two letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("ZZ")
    }
}

impl fmt::Display for RegionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_a_country_and_perhaps_a_part_of_it() {
        for text in ["RU-MOW", "KZ", "US-CA", "FR-75C", "GB-S"] {
            assert_eq!(RegionCode::parse(text).map(|code| code.to_string()).as_deref(), Some(text));
        }
        for text in ["", "R", "RUS", "ru-mow", "RU-", "RU-MOSC", "RU_MOW", "РФ", "RU-м", "RU-MOW "] {
            assert_eq!(RegionCode::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_region_knows_its_country() {
        assert_eq!(RegionCode::parse("RU-MOW").unwrap().country().as_str(), "RU");
        assert_eq!(RegionCode::parse("KZ").unwrap().country().as_str(), "KZ");
    }
}
