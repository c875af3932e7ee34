//! Countries in forms: a text field that proposes all of them (`datalist`), so that one is found by typing a part of its
//! name, without a script. What comes back is the name in either language, or a code.

mod table;

use std::collections::HashMap;
use std::sync::LazyLock;

use contracts::Language;

use accounts::RegionCode;
use table::COUNTRIES;

/// A country.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Country {
    /// ISO 3166-1 alpha-2 code.
    pub code: &'static str,
    en: &'static str,
    ru: &'static str,
}

impl Country {
    /// Its name.
    pub const fn name(&self, language: Language) -> &'static str {
        match language {
            Language::En => self.en,
            Language::Ru => self.ru,
        }
    }
}

static ENGLISH: LazyLock<Vec<&'static str>> = LazyLock::new(|| sorted(Language::En));
static RUSSIAN: LazyLock<Vec<&'static str>> = LazyLock::new(|| sorted(Language::Ru));
static BY_TEXT: LazyLock<HashMap<String, &'static Country>> = LazyLock::new(|| {
    let texts = |country: &'static Country| [country.code, country.en, country.ru].map(|text| (folded(text), country));
    COUNTRIES.iter().flat_map(texts).collect()
});

fn sorted(language: Language) -> Vec<&'static str> {
    let mut names: Vec<_> = COUNTRIES.iter().map(|country| country.name(language)).collect();
    names.sort_by_cached_key(|name| folded(name));
    names
}

/// Names of all countries in alphabetical order.
pub fn names(language: Language) -> &'static [&'static str] {
    match language {
        Language::En => &ENGLISH,
        Language::Ru => &RUSSIAN,
    }
}

/// Name of a region: that of its country, with the code if it is a part of one; the code if the country is unknown.
pub fn name_of(region: &str, language: Language) -> String {
    let country = region.split('-').next().and_then(of_code);
    match country {
        Some(country) if country.code == region => country.name(language).to_owned(),
        Some(country) => format!("{} ({region})", country.name(language)),
        None => region.to_owned(),
    }
}

/// The country of a code.
pub fn of_code(code: &str) -> Option<&'static Country> {
    COUNTRIES.binary_search_by_key(&code, |country| country.code).ok().and_then(|index| COUNTRIES.get(index))
}

/// The region that was typed: a name as it is listed in any language, or a code such as `KZ` or `RU-MOW`. Case,
/// diacritics of `ё` and punctuation do not matter.
pub fn parse(typed: &str) -> Option<String> {
    if let Some(country) = BY_TEXT.get(&folded(typed)) {
        return Some(country.code.to_owned());
    }
    let code = typed.trim().to_uppercase();
    let code = RegionCode::parse(&code)?.to_string();
    code.split('-').next().and_then(of_code).map(|_| code.clone())
}

/// Letters and digits in lower case.
fn folded(text: &str) -> String {
    let letters = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase);
    letters.map(|c| if c == 'ё' { 'е' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_of_the_standard_has_one_name_in_each_language() {
        assert_eq!(COUNTRIES.len(), 249);
        assert!(COUNTRIES.is_sorted_by(|one, next| one.code < next.code));
        assert_eq!(BY_TEXT.len(), 3 * COUNTRIES.len(), "no name is that of another country, or a code");
        for country in &COUNTRIES {
            assert!(RegionCode::parse(country.code).is_some_and(|code| code.to_string().len() == 2), "{country:?}");
            assert!(country.ru.chars().any(|c| ('А'..='Я').contains(&c)), "{country:?}");
        }
        for language in Language::ALL {
            assert!(names(language).len() == 249 && names(language).is_sorted_by_key(|name| folded(name)));
        }
    }

    #[test]
    fn a_country_is_read_by_its_name_in_any_language_or_by_its_code() {
        for (typed, code) in [
            ("Kazakhstan", Some("KZ")),
            ("  казахстан ", Some("KZ")),
            ("kz", Some("KZ")),
            ("Кот-д'Ивуар", Some("CI")),
            ("cote d’ivoire", None),
            ("RU-MOW", Some("RU-MOW")),
            ("QQ", None),
            ("QQ-1", None),
            ("Narnia", None),
            ("", None),
        ] {
            assert_eq!(parse(typed).as_deref(), code, "{typed:?}");
        }
    }

    #[test]
    fn a_part_of_a_country_is_named_by_both() {
        assert_eq!(name_of("RU", Language::Ru), "Россия");
        assert_eq!(name_of("RU-MOW", Language::En), "Russia (RU-MOW)");
        assert_eq!(name_of("QQ", Language::En), "QQ");
        assert_eq!(parse(&name_of("RU-MOW", Language::En)), None);
    }
}
