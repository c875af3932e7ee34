//! Languages of texts for people, and texts keyed by them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A language of pages, answers, mails and recordings. The default, English, is for clients that accept neither or say
/// nothing: every film has an English title.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// Russian.
    Ru,
    /// English.
    #[default]
    En,
}

impl Language {
    /// All languages, the default one first.
    pub const ALL: [Self; 2] = [Self::En, Self::Ru];

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
        Self::ALL.into_iter().find(|language| primary.eq_ignore_ascii_case(language.tag()))
    }
}

/// A title or a name by language. The English text is there always: it is the only one where there is no translation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Titles", description = "Titles by language.")]
pub struct Translated {
    /// English.
    pub en: String,
    /// Russian.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ru: Option<String>,
}

impl Translated {
    /// The text in this language, or the one there is.
    pub fn best(&self, language: Language) -> &str {
        match language {
            Language::En => &self.en,
            Language::Ru => self.ru.as_deref().unwrap_or(&self.en),
        }
    }

    /// The texts in all languages.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.en.as_str()).chain(self.ru.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_read_by_its_primary_subtag() {
        for (tag, language) in [("ru", Some(Language::Ru)), (" EN-gb", Some(Language::En)), ("kk", None), ("", None)] {
            assert_eq!(Language::of_tag(tag), language, "{tag}");
        }
    }

    #[test]
    fn a_text_without_a_translation_is_the_english_one() {
        let mut title = Translated { en: "Mirror".to_owned(), ru: None };
        assert_eq!(title.best(Language::Ru), "Mirror");
        title.ru = Some("Зеркало".to_owned());
        assert_eq!((title.best(Language::Ru), title.best(Language::En)), ("Зеркало", "Mirror"));
        assert_eq!(title.all().collect::<Vec<_>>(), ["Mirror", "Зеркало"]);
    }
}
