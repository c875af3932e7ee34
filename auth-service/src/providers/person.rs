//! What providers say about people, brought into one shape.

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer};

use super::provider::{EmailAddress, ProviderError};
use crate::domain::Email;

/// The longest subject that can be kept, in bytes.
const MAX_SUBJECT: usize = 255;
/// The longest name that is kept, in characters.
const MAX_NAME: usize = 64;

/// An id that some answers write as a number and others as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Id(pub String);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Number(u64),
            Text(String),
        }
        Ok(Self(match Written::deserialize(deserializer)? {
            Written::Number(number) => number.to_string(),
            Written::Text(text) => text,
        }))
    }
}

/// Text, or nothing where there is none, it is empty, or it is something else.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(value.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned))
}

/// A subject as it is kept.
pub(super) fn subject(text: String) -> Result<String, ProviderError> {
    let fits = (1..=MAX_SUBJECT).contains(&text.len()) && !text.chars().any(|c| c.is_control() || c.is_whitespace());
    if fits { Ok(text) } else { Err(ProviderError::NotAcceptable("its id of the person cannot be one")) }
}

/// The first of some ways to call somebody that says anything.
pub(super) fn display_name<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(cleaned).find(|name| !name.is_empty()).unwrap_or_default()
}

/// Given name and family name.
pub(super) fn full_name(first: Option<&str>, last: Option<&str>) -> String {
    format!("{} {}", first.unwrap_or_default(), last.unwrap_or_default())
}

/// Without what is not seen or turns the text around it.
fn cleaned(name: &str) -> String {
    let seen = |c: &char| {
        let turns =
            matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
        !c.is_control() && !turns
    };
    let words: String = name.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(seen).collect();
    let words = words.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    words.chars().take(MAX_NAME).collect::<String>().trim_end().to_owned()
}

/// An address, if it can be one.
pub(super) fn email(text: Option<&str>, vouched: impl FnOnce(&Email) -> bool) -> Option<EmailAddress> {
    let address = Email::parse(text?).ok()?;
    let vouched = vouched(&address);
    Some(EmailAddress { address, vouched })
}

/// A day written `YYYY-MM-DD`, if it is told whole: unknown parts are zeros there.
pub(super) fn day_by_dashes(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| !text.starts_with("0000") && text.len() == 10)
}

/// A day written `dd.mm.yyyy`, if it is told whole: the year may be missing.
pub(super) fn day_by_dots(text: &str) -> Option<NaiveDate> {
    let mut parts = text.split('.').map(|part| part.parse::<u16>().ok());
    let (day, month, year) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() || year < 1000 {
        return None;
    }
    NaiveDate::from_ymd_opt(year.into(), month.into(), day.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_the_same_as_number_and_as_text() {
        let read = |json| serde_json::from_str::<Id>(json);
        assert_eq!(read("1234567890").unwrap(), read("\"1234567890\"").unwrap());
        for bad in ["1.5", "-1", "null", "true", "{}", "[1]"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_subject_has_1_to_255_bytes_that_can_be_seen() {
        assert!(subject("a".repeat(255)).is_ok());
        for bad in [String::new(), "a".repeat(256), "a\u{0}b".into(), "a b".into()] {
            assert!(subject(bad).is_err());
        }
    }

    #[test]
    fn a_name_neither_hides_nor_turns_nor_floods_anything() {
        assert_eq!(display_name(["", " \u{202e} ", "Анна\n\tИванова\u{202e}"]), "Анна Иванова");
        assert_eq!(display_name([full_name(Some("A"), None).as_str()]), "A");
        assert_eq!(display_name(["я".repeat(1000).as_str()]).chars().count(), 64);
        assert_eq!(display_name([]), "");
    }

    #[test]
    fn only_whole_days_of_birth_are_taken() {
        let day = NaiveDate::from_ymd_opt(1987, 3, 12);
        assert_eq!(day_by_dashes("1987-03-12"), day);
        assert_eq!(day_by_dots("12.03.1987"), day);
        assert_eq!(day_by_dots("12.3.1987"), day);
        for partial in ["0000-12-23", "1987-00-00", "1987", "", "12.03.1987", "+1987-03-12"] {
            assert_eq!(day_by_dashes(partial), None, "{partial}");
        }
        for partial in ["12.03", "31.02.2000", "", "1987-03-12", "1.2.3.4", "1.1.99"] {
            assert_eq!(day_by_dots(partial), None, "{partial}");
        }
    }
}
