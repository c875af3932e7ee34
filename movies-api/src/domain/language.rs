//! The two languages that the catalogue speaks.

/// Language of an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// English: the title every film has.
    #[default]
    En,
    /// Russian, where there is a Russian text; else English.
    Ru,
}

impl Language {
    /// The tag for `Content-Language`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ru => "ru",
        }
    }

    /// Chooses by `Accept-Language` (RFC 9110 §12.5.4): the first of our languages with the highest weight. A header
    /// that cannot be read, or names none of ours, gives English.
    pub fn accepted(header: &str) -> Self {
        let mut best = (0.0, Self::En);
        for part in header.split(',').take(32) {
            let mut pieces = part.split(';');
            let tag = pieces.next().unwrap_or_default().trim();
            let weight = pieces.find_map(|piece| piece.trim().strip_prefix("q=")).map_or(Ok(1.0), str::parse::<f32>);
            let language = match tag.split('-').next().unwrap_or_default().to_ascii_lowercase().as_str() {
                "ru" => Self::Ru,
                "en" => Self::En,
                _ => continue,
            };
            if let Ok(weight) = weight
                && weight > best.0
            {
                best = (weight, language);
            }
        }
        best.1
    }

    /// The text in this language, or the one there is.
    pub fn pick<'a>(self, en: &'a str, ru: Option<&'a str>) -> &'a str {
        match self {
            Self::En => en,
            Self::Ru => ru.unwrap_or(en),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_known_language_wins() {
        for (header, language) in [
            ("", Language::En),
            ("ru", Language::Ru),
            ("ru-RU,ru;q=0.9,en;q=0.8", Language::Ru),
            ("en;q=0.5, ru;q=0.7", Language::Ru),
            ("de-DE, fr;q=0.9", Language::En),
            ("RU", Language::Ru),
            ("ru;q=0", Language::En),
            ("ru;q=nonsense", Language::En),
            (";;;,,,q=1", Language::En),
        ] {
            assert_eq!(Language::accepted(header), language, "{header}");
        }
    }
}
