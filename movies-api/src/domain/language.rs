//! Languages of the catalogue.

/// Language of a response.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// English: the title every film has.
    #[default]
    En,
    /// Russian, where there is a Russian text; else English.
    Ru,
}

impl Language {
    /// All of them, the default first.
    pub const ALL: [Self; 2] = [Self::En, Self::Ru];

    /// The tag for `Content-Language`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ru => "ru",
        }
    }

    /// The text in this language, or the one there is.
    pub fn pick<'a>(self, en: &'a str, ru: Option<&'a str>) -> &'a str {
        match self {
            Self::En => en,
            Self::Ru => ru.unwrap_or(en),
        }
    }
}
