//! Claims of providers, in one shape.

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer};

use crate::provider::{EmailAddress, ProviderError};
use crate::trust::Mailbox;

/// Maximum length of a subject, in bytes.
const MAX_SUBJECT: usize = 255;

/// Id that some responses write as a number and others as a string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Id(pub String);

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

/// Validates a subject, which is kept byte for byte, blanks included (OpenID Connect Core 1.0 §2: at most 255
/// characters, compared case-sensitively).
pub(crate) fn subject(text: String) -> Result<String, ProviderError> {
    let fits = (1..=MAX_SUBJECT).contains(&text.len()) && !text.chars().any(char::is_control);
    let fits = fits && !text.trim().is_empty();
    if fits { Ok(text) } else { Err(ProviderError::NotAcceptable("its subject is not valid")) }
}

/// Names that are not blank, in the same order.
pub(crate) fn names<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    names.into_iter().filter(|name| !name.trim().is_empty()).map(str::to_owned).collect()
}

/// Given name and family name.
pub(crate) fn full_name(first: Option<&str>, last: Option<&str>) -> String {
    format!("{} {}", first.unwrap_or_default(), last.unwrap_or_default())
}

/// The address, if it has the shape of one.
pub(crate) fn email(text: Option<&str>, vouched: impl FnOnce(&Mailbox<'_>) -> bool) -> Option<EmailAddress> {
    let address = text?.trim().to_lowercase();
    let vouched = vouched(&Mailbox::parse(&address)?);
    Some(EmailAddress { address, vouched })
}

/// A complete date `YYYY-MM-DD`. Unknown parts are zeros there.
pub(crate) fn day_by_dashes(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| !text.starts_with("0000") && text.len() == 10)
}

/// A complete date `dd.mm.yyyy`. The year may be missing there.
pub(crate) fn day_by_dots(text: &str) -> Option<NaiveDate> {
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
    fn a_subject_has_1_to_255_bytes_and_may_have_blanks_inside() {
        assert!(subject("a".repeat(255)).is_ok());
        assert_eq!(subject("Anna Ivanova".into()).unwrap(), "Anna Ivanova");
        for bad in [String::new(), " ".into(), "a".repeat(256), "a\u{0}b".into(), "a\nb".into()] {
            assert!(subject(bad).is_err());
        }
    }

    #[test]
    fn names_that_are_blank_are_left_out_and_the_others_keep_their_order() {
        assert_eq!(names(["", " \t", "Анна", "anna"]), ["Анна", "anna"]);
        assert_eq!(names([full_name(None, None).as_str()]), Vec::<String>::new());
    }

    #[test]
    fn an_address_is_compared_in_lower_case_and_has_one_at_sign() {
        let address = |text| email(Some(text), |mailbox| mailbox.domain == "gmail.com").map(|email| email.vouched);
        assert_eq!(address(" Anna@GMAIL.com\n"), Some(true));
        assert_eq!(address("anna@example.org"), Some(false));
        for bad in ["", "anna", "@gmail.com", "anna@", "a@b@gmail.com"] {
            assert_eq!(address(bad), None, "{bad}");
        }
    }

    #[test]
    fn only_complete_birth_dates_are_accepted() {
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
