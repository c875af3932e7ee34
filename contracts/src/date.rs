//! Dates of requests.

use chrono::NaiveDate;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// Reads a full-date (RFC 3339 §5.6), such as `2000-02-29`. That of chrono reads `2000-2-29` as well, which the published
/// format `date` excludes.
pub(crate) fn full_date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NaiveDate>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    let date = NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok().filter(|_| text.len() == 10);
    date.map(Some).ok_or_else(|| D::Error::custom("a date is YYYY-MM-DD"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> serde_json::Result<Option<NaiveDate>> {
        full_date(&mut serde_json::Deserializer::from_str(text))
    }

    #[test]
    fn a_date_has_all_its_digits() {
        assert_eq!(read("null").expect("none"), None);
        assert_eq!(read("\"2000-02-29\"").expect("a date"), NaiveDate::from_ymd_opt(2000, 2, 29));
        for text in ["2000-2-29", "2001-02-29", "+2000-02-29", "29.02.2000", "2000-02-29 ", "20000229", ""] {
            assert!(read(&format!("\"{text}\"")).is_err(), "{text}");
        }
    }
}
