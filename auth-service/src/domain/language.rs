//! Languages that people of this cinema read.

use serde::{Deserialize, Serialize};

/// A language of pages and mails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Russian.
    #[default]
    Ru,
    /// English.
    En,
}

impl Language {
    /// The primary subtag (RFC 5646).
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Ru => "ru",
            Self::En => "en",
        }
    }

    /// The language of a tag such as `en-GB`; `None` for one that is not spoken here.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split('-').next().unwrap_or_default();
        [Self::Ru, Self::En].into_iter().find(|language| primary.eq_ignore_ascii_case(language.tag()))
    }

    /// What a header `Accept-Language` likes best of what is spoken here (RFC 9110 §12.5.4); `None` when that is nothing.
    pub fn preferred(header: &str) -> Option<Self> {
        let mut best: Option<(f32, Self)> = None;
        for range in header.split(',').take(32) {
            let mut parts = range.split(';');
            let Some(language) = parts.next().and_then(Self::of_tag) else { continue };
            let quality = parts.find_map(|part| part.trim().strip_prefix("q=")).map_or(Ok(1.0), str::parse::<f32>);
            let Ok(quality) = quality else { continue };
            // A later one has to be liked better, not just as well.
            if quality > best.map_or(0.0, |(quality, _)| quality) {
                best = Some((quality, language));
            }
        }
        best.map(|(_, language)| language)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_that_is_liked_best_is_taken() {
        for (header, expected) in [
            ("en", Some(Language::En)),
            ("en-GB,ru;q=0.8", Some(Language::En)),
            ("ru;q=0.8, EN;q=0.9", Some(Language::En)),
            ("de, ru;q=0.5", Some(Language::Ru)),
            ("en;q=0, ru;q=0.1", Some(Language::Ru)),
            ("en;q=x", None),
            ("de-DE, *;q=0.1", None),
            ("", None),
        ] {
            assert_eq!(Language::preferred(header), expected, "{header}");
        }
    }
}
