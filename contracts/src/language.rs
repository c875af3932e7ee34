//! Languages of texts for people.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A language of pages and recordings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// Russian.
    #[default]
    Ru,
    /// English.
    En,
}

impl Language {
    /// Primary subtag (RFC 5646 §2.2.1).
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Ru => "ru",
            Self::En => "en",
        }
    }

    /// Language of a tag such as `en-GB`; `None` when it is not supported.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split('-').next().unwrap_or_default();
        [Self::Ru, Self::En].into_iter().find(|language| primary.eq_ignore_ascii_case(language.tag()))
    }
}
