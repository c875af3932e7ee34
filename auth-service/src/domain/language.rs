//! Languages of pages and mails.

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

    /// The language of a tag such as `en-GB`; `None` when it is not supported.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split('-').next().unwrap_or_default();
        [Self::Ru, Self::En].into_iter().find(|language| primary.eq_ignore_ascii_case(language.tag()))
    }
}
