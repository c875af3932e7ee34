//! Language negotiation by `Accept-Language` (RFC 9110 §12.5.4).

use actix_web::http::header::{ACCEPT_LANGUAGE, HeaderMap};
use contracts::Language;

use crate::base::field_lists;

/// Maximum number of language ranges read.
const MAX_RANGES: usize = 32;

/// The language among `offered` (primary subtags in lower case) with the highest weight in `headers`; of equals the
/// first in the header, then the first offered. `None` when none is accepted, or without the header.
///
/// Ranges are truncated to their primary subtag, as in lookup (RFC 4647 §3.4). Unreadable ranges and weights are
/// skipped.
pub fn preferred<T: Copy>(headers: &HeaderMap, offered: &[(&str, T)]) -> Option<T> {
    let mut weights = vec![None; offered.len()];
    let (mut named, mut others) = (Vec::with_capacity(offered.len()), None);
    for range in field_lists::members(headers, ACCEPT_LANGUAGE).take(MAX_RANGES) {
        let Some((tag, weight)) = weighted(range) else { continue };
        if tag == "*" {
            others = others.max(Some(weight));
            continue;
        }
        let primary = tag.split('-').next().unwrap_or_default();
        let Some(index) = offered.iter().position(|(name, _)| name.eq_ignore_ascii_case(primary)) else { continue };
        if weights[index].is_none() {
            named.push(index);
        }
        weights[index] = weights[index].max(Some(weight));
    }
    // The wildcard matches languages that no other range names (RFC 4647 §2.1).
    named.extend((0..offered.len()).filter(|index| weights[*index].is_none()));
    let weight = |index: usize| weights[index].or(others).unwrap_or(0);
    let best = named.iter().map(|index| weight(*index)).max().filter(|weight| *weight > 0)?;
    named.into_iter().find(|index| weight(*index) == best).map(|index| offered[index].1)
}

/// The language of a response or of a mail: the one rule of all services. The preferred one of ours, else the default.
pub fn language_of(headers: &HeaderMap) -> Language {
    let offered = Language::ALL.map(|language| (language.tag(), language));
    preferred(headers, &offered).unwrap_or_default()
}

/// A member of the list and its weight in thousandths (§12.4.2).
fn weighted(member: &str) -> Option<(&str, u16)> {
    let Some((value, parameter)) = member.split_once(';') else { return Some((member, 1000)) };
    let (name, weight) = parameter.trim_matches([' ', '\t']).split_once('=')?;
    let weight = if name.eq_ignore_ascii_case("q") { thousandths(weight)? } else { return None };
    Some((value.trim_end_matches([' ', '\t']), weight))
}

/// `qvalue`: 0 to 1 with at most three digits after the point.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, digits) = text.split_once('.').unwrap_or((text, ""));
    if !matches!(whole, "0" | "1") || digits.len() > 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let value = format!("{whole}{digits:0<3}").parse().ok()?;
    (value <= 1000).then_some(value)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn best(lines: &[&'static str]) -> Option<&'static str> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(ACCEPT_LANGUAGE, HeaderValue::from_static(line));
        }
        preferred(&headers, &[("en", "en"), ("ru", "ru")])
    }

    #[test]
    fn the_offered_language_with_the_highest_weight_wins() {
        for (line, expected) in [
            ("ru", Some("ru")),
            ("RU", Some("ru")),
            ("ru-RU,ru;q=0.9,en;q=0.8", Some("ru")),
            ("en;q=0.5, ru;q=0.7", Some("ru")),
            ("en-GB;q=0.3, ru;q=0.5, en;q=0.7", Some("en")),
            ("de-DE, fr;q=0.9", None),
            ("ru, en", Some("ru")),
            ("en, ru", Some("en")),
            ("ru;q=0.001", Some("ru")),
            ("ru;q=0", None),
            ("", None),
        ] {
            assert_eq!(best(&[line]), expected, "{line}");
        }
    }

    #[test]
    fn the_name_of_the_weight_is_case_insensitive_and_blanks_around_it_are_allowed() {
        assert_eq!(best(&["ru;Q=0.1, en;q=0.9"]), Some("en"));
        assert_eq!(best(&["ru ; q=0.1 , en\t;\tQ=0.9"]), Some("en"));
    }

    #[test]
    fn several_lines_are_one_list() {
        assert_eq!(best(&["de", "ru;q=0.5"]), Some("ru"));
        assert_eq!(best(&["ru;q=0.5", "en;q=0.6"]), Some("en"));
    }

    #[test]
    fn an_unreadable_weight_skips_only_its_own_range() {
        for weight in ["inf", "NaN", "2", "1.001", "0.1234", "-1", "+1", ".5", "1e0", "", "0,5", "nonsense", "0.5;q=1"]
        {
            let line = format!("ru;q={weight}, en;q=0.1");
            let mut headers = HeaderMap::new();
            headers.append(ACCEPT_LANGUAGE, HeaderValue::from_str(&line).expect("a header value"));
            assert_eq!(preferred(&headers, &[("en", "en"), ("ru", "ru")]), Some("en"), "{line}");
        }
        assert_eq!(best(&[";;;,,,q=1"]), None);
    }

    #[test]
    fn a_wildcard_matches_languages_that_are_not_named() {
        assert_eq!(best(&["*"]), Some("en"));
        assert_eq!(best(&["en;q=0, *"]), Some("ru"));
        assert_eq!(best(&["ru;q=0.2, *;q=0.1"]), Some("ru"));
        assert_eq!(best(&["de, *;q=0"]), None);
    }
}
